import { expect, test } from 'vitest';
import { escaped, firstName, lines, operationOf, pretty, tokens, unescaped } from './xml';

const READ =
  '<Read xmlns="ns"><iLonItem><Item><UCPTname>Net/A</UCPTname><UCPTvalue/></Item></iLonItem></Read>';

test('elements stand below one another, text stays with its element', () => {
  expect(lines(READ)).toEqual([
    '<Read xmlns="ns">',
    '  <iLonItem>',
    '    <Item>',
    '      <UCPTname>Net/A</UCPTname>',
    '      <UCPTvalue/>',
    '    </Item>',
    '  </iLonItem>',
    '</Read>',
  ]);
});

test('what was made pretty stays as it is', () => expect(pretty(pretty(READ))).toBe(pretty(READ)));

test('a sign in an attribute ends no tag', () => {
  expect(lines('<a b="x>y"><c/></a>')).toEqual(['<a b="x>y">', '  <c/>', '</a>']);
});

test.each([
  READ,
  '<?xml version="1.0"?><a/>',
  '<!-- c --><a b=\'1\' c = "2">t &lt; u</a>',
  'no < xml',
  '<a',
  '',
])('nothing is lost in colouring %s', (xml) => {
  for (const line of lines(xml))
    expect(
      tokens(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe(line);
});

test('names, attributes and values are told apart', () => {
  expect(tokens('<a b="1">t</a>').filter(({ kind }) => kind !== 'mark')).toEqual([
    { kind: 'name', text: 'a' },
    { kind: 'attribute', text: 'b' },
    { kind: 'value', text: '"1"' },
    { kind: 'text', text: 't' },
    { kind: 'name', text: 'a' },
  ]);
});

test.each([
  [READ, 'Read'],
  ['<?xml version="1.0"?><!-- <Set/> --><m:Write xmlns:m="x"/>', 'Write'],
  ['<s:Envelope><s:Header><x/></s:Header><s:Body><Set/></s:Body></s:Envelope>', 'Set'],
  ['', ''],
])('the operation of %s is %s', (xml, operation) => expect(operationOf(xml)).toBe(operation));

test('a name with signs of XML can stand in an element', () =>
  expect(escaped('a<b>&c')).toBe('a&lt;b&gt;&amp;c'));

test('text comes out as it went in', () => {
  expect(unescaped(escaped('a<b>&c'))).toBe('a<b>&c');
  expect(unescaped('&quot;&#65;&#x42;&apos;&nbsp;&#x110000;')).toBe('"AB\'&nbsp;&#x110000;');
});

test.each([
  [READ, 'Net/A'],
  ['<List><xSelect>//Item[position()&lt;3]</xSelect></List>', '//Item[position()<3]'],
  ['<Read/>', ''],
])('%s speaks of %s', (xml, name) => expect(firstName(xml)).toBe(name));
