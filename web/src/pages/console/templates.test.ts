import { expect, test } from 'vitest';
import { changes, TEMPLATES } from './templates';
import { lines, operationOf } from './xml';

test.each(TEMPLATES.map((template) => [template.name, template] as const))(
  '%s is XML of one operation',
  (_, { xml }) => {
    const text = xml('Net/A & B/<C>');
    expect(operationOf(text)).toMatch(/^[A-Z]\w+$/);
    expect(lines(text).at(-1)).toBe(`</${operationOf(text)}>`);
    expect(text).not.toContain('A & B');
  },
);

test('there is a template for each operation', () => {
  const operations = new Set(TEMPLATES.map(({ xml }) => operationOf(xml('x'))));
  expect([...operations].sort()).toEqual(
    ['Clear', 'Delete', 'Get', 'List', 'Read', 'Set', 'SystemService_Read_Info', 'Write'].sort(),
  );
});

test('what changes something is known', () => {
  expect(['Read', 'List', 'Get', 'SystemService_Read_Info', ''].some(changes)).toBe(false);
  expect(['Write', 'Set', 'Delete', 'Clear', 'InvokeCmd', 'SystemService_Reboot'].every(changes)).toBe(true);
});
