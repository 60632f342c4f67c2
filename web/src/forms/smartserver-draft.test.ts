import { expect, test } from 'vitest';
import { Problem } from '../lib/api/problem';
import type { SmartServer } from '../lib/api/types';
import {
  changeOf,
  completedJid,
  derivedKey,
  draftOf,
  mistakesIn,
  mistakesOf,
  newOf,
} from './smartserver-draft';

const townHall = {
  jid: '00-d0-71-00-00-01@xmpp.example/ilon',
  identity_id: 'i1',
  key: '00-d0-71-00-00-01',
  name: 'Town hall',
  site: 'Town hall',
  time_zone: null,
  tags: ['hvac', 'roof'],
} as SmartServer;

test('a MAC ID becomes a full JID at the identity’s domain', () => {
  expect(completedJid(' 00-d0-71-00-00-01', 'noc@xmpp.example')).toBe(townHall.jid);
  expect(completedJid('00-d0-71-00-00-01@other.example', 'noc@xmpp.example')).toBe(
    '00-d0-71-00-00-01@other.example/ilon',
  );
  expect(completedJid(townHall.jid, undefined)).toBe(townHall.jid);
  expect(completedJid('00-d0-71-00-00-01', undefined)).toBe('00-d0-71-00-00-01');
  expect(derivedKey(townHall.jid)).toBe('00-d0-71-00-00-01');
});

test('mistakes are named at their fields before anything is asked', () => {
  const draft = { ...draftOf(undefined), jid: 'a@b', key: 'a/b', time_zone: 'Mars/Base' };
  expect(Object.keys(mistakesOf(draft)).sort()).toEqual(['identity_id', 'jid', 'key', 'time_zone']);
  expect(mistakesOf(draftOf(townHall))).toEqual({});
});

test('what the gateway refuses is told at the field that it names', () => {
  const told = (code: string, detail: string) => mistakesIn(new Problem(422, code, 'Refused', detail));
  expect(told('request_invalid', 'tags: at most 50 tags')).toEqual({ tags: 'At most 50 tags.' });
  expect(told('conflict', 'another SmartServer has this JID')).toEqual({
    jid: 'Another SmartServer has this JID.',
  });
  expect(told('conflict', 'another SmartServer has this key')).toHaveProperty('key');
  expect(told('database_unavailable', 'the disk is full')).toEqual({});
});

test('what is left empty is not sent, and a change holds only what differs', () => {
  expect(newOf({ ...draftOf(townHall), site: ' ', name: '' })).toEqual({
    jid: townHall.jid,
    identity_id: 'i1',
    key: '00-d0-71-00-00-01',
    name: undefined,
    site: undefined,
    time_zone: undefined,
    tags: ['hvac', 'roof'],
  });
  expect(changeOf(draftOf(townHall), townHall)).toEqual({});
  const draft = { ...draftOf(townHall), site: '', time_zone: 'Europe/Berlin', tags: ['roof', 'metering'] };
  expect(changeOf(draft, townHall)).toEqual({
    site: null,
    time_zone: 'Europe/Berlin',
    add_tags: ['metering'],
    remove_tags: ['hvac'],
  });
});

test('a link to the form may bring the JID of an unknown sender and its identity', () => {
  const given = { jid: townHall.jid, identity_id: 'i1' };
  expect(draftOf(undefined, given)).toMatchObject({ jid: townHall.jid, identity_id: 'i1', name: '' });
  expect(draftOf(undefined, { jid: '1', identity_id: null })).toMatchObject({ jid: '', identity_id: '' });
});
