import { expect, test } from 'vitest';
import { draftOf, identityOf, mistakesOf } from './identity-form';

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
