import { expect, test } from 'vitest';
import { bytes, entriesOf, HIDDEN, labelOf, uptime, utcOffset } from './system-words';

test.each([
  [512, '512 bytes'],
  [1536, '1.5 KiB'],
  [36_175_872, '34.5 MiB'],
  [3 * 1024 ** 3, '3.0 GiB'],
])('%d bytes', (count, words) => expect(bytes(count)).toBe(words));

test.each([
  [0, '0 min'],
  [59, '59 min'],
  [620, '10 h 20 min'],
  [4560, '3 d 4 h'],
])('up for %d minutes', (minutes, words) => expect(uptime(minutes)).toBe(words));

test.each([
  [120, 'UTC+02:00'],
  [-480, 'UTC−08:00'],
  [-210, 'UTC−03:30'],
])('%d minutes from UTC', (minutes, words) => expect(utcOffset(minutes)).toBe(words));

test.each([
  ['UCPTspareBlocksRecommended', 'Spare blocks recommended'],
  ['UCPTipAddress', 'IP address'],
  ['UCPTdnsServer1', 'DNS server 1'],
  ['UCPTcpuUsage', 'CPU usage'],
])('%s reads well', (name, label) => expect(labelOf(name)).toBe(label));

test('entries of any shape become lines', () => {
  const entries = {
    UCPTsslPort: '443',
    UCPTftpEnable: '1',
    UCPTlastReset: '',
    Port: [{ UCPTspeed: '9600' }],
  };
  expect(entriesOf(entries)).toEqual([
    { path: 'UCPTsslPort', label: 'SSL port', text: '443' },
    { path: 'UCPTftpEnable', label: 'FTP enable', text: 'on' },
    { path: 'UCPTlastReset', label: 'Last reset', text: '–' },
    { path: 'Port/1/UCPTspeed', label: 'Port › 1 › Speed', text: '9600' },
  ]);
});

test('secrets are named but not shown', () => {
  const texts = entriesOf({ UCPTpassword: 'hunter2', UCPTmail: { UCPTsmtpPasswd: 'x', UCPTport: '25' } });
  expect(texts.map(({ text }) => text)).toEqual([HIDDEN, HIDDEN, '25']);
});
