import { expect, test } from 'vitest';
import { Problem } from '../../../lib/api/problem';
import type { Identity } from '../../../lib/api/types';
import { draftOf, identityOf, mistakesIn, mistakesOf, storedWillDo, testOf } from './identity-form';

const good = {
  ...draftOf(undefined),
  jid: 'noc@xmpp.example',
  password: 'secret',
  boshUrls: 'https://xmpp.example/b',
};

test('what is complete has no mistake', () => expect(mistakesOf(good)).toEqual({}));

test.each([
  ['jid', { jid: 'noc' }],
  ['jid', { jid: 'noc@xmpp.example/res' }],
  ['password', { password: '' }],
  ['boshUrls', { boshUrls: ' \n' }],
  ['boshUrls', { boshUrls: 'ftp://xmpp.example' }],
  ['boshUrls', { boshUrls: 'https://a.example\nxmpp.example:5280' }],
])('%s is named when it is %j', (field, change) =>
  expect(Object.keys(mistakesOf({ ...good, ...change }))).toEqual([field]),
);

test('addresses stand one below the other, in their order', () => {
  const { bosh_urls, ca_pem, resource } = identityOf({
    ...good,
    boshUrls: 'https://a\n\n https://b ',
    resource: ' ',
  });
  expect({ bosh_urls, ca_pem, resource }).toEqual({
    bosh_urls: ['https://a', 'https://b'],
    ca_pem: null,
    resource: 'nocgate',
  });
});

const stored = {
  id: '1',
  jid: 'noc@xmpp.example',
  bosh_urls: ['https://a/b', 'https://c/d'],
  resource: 'nocgate',
  has_ca: true,
} as Identity;

test('the stored password is tested where it went before, and nowhere else', () => {
  const draft = draftOf(stored);
  expect(storedWillDo(draft, stored)).toBe(true);
  expect(mistakesOf(draft, true)).toEqual({});
  expect(testOf(draft, stored)).toMatchObject({
    identity: '1',
    jid: stored.jid,
    bosh_urls: stored.bosh_urls,
  });
  expect(testOf(draft, stored)).not.toHaveProperty('password');
  expect(testOf({ ...draft, password: 'x' }, stored)).toMatchObject({ password: 'x' });
  expect(testOf({ ...draft, password: 'x' }, stored)).not.toHaveProperty('identity');
  expect(storedWillDo({ ...draft, boshUrls: 'https://a/b' }, stored)).toBe(false);
  expect(storedWillDo({ ...draft, jid: 'other@xmpp.example' }, stored)).toBe(false);
  expect(storedWillDo({ ...draft, caPem: 'PEM' }, stored)).toBe(false);
  expect(storedWillDo(draft, undefined)).toBe(false);
});

test('what the gateway complains of stands at its field', () => {
  const told = (code: string, detail: string) => mistakesIn(new Problem(422, code, 'No', detail));
  expect(told('request_invalid', 'ca_pem: no certificate')).toEqual({ caPem: 'No certificate' });
  expect(told('conflict', 'another identity has this JID')).toEqual({ jid: 'Another identity has this JID' });
  expect(told('request_invalid', 'other: no')).toEqual({});
});
