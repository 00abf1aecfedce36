import { describe, expect, test } from 'vitest';
import type { DesiredCollection, DesiredResource } from '../../../src/desired/desired-state.ts';
import type { LiveReference, LiveResource } from '../../../src/plan/live-resource.ts';
import { computePlan } from '../../../src/plan/plan.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { absentFrom, collectionOf, desiring, memberOf, present, pruning, sealing, wanted } from './parts.ts';

const registry = realRegistry();

const USERS = 'policies/users';
const STORES = 'trust_stores';

const to = (key: string, pointer: string): LiveReference => ({
  pointer,
  href: `/api/configuration/${STORES}/${key}`,
});

const store = (name: string) => ({ name, authorities: [], crl_urls: [], revocation_check: 'none' });
const stores = collectionOf(STORES, { 5: store('old'), 6: store('kept') });

/** A single object that refers to the store 5 at `/trust/0` and to the store 6 at `/other`. */
const BODY = { trust: ['5'], other: '6' };
const referring: LiveResource = {
  resource: 'reporting',
  state: 'present',
  href: '/api/configuration/reporting',
  body: BODY,
  references: [to('5', '/trust/0'), to('6', '/other')],
  spell: (body) => body,
};

function usersWith(members: JsonObject, references: readonly LiveReference[]): LiveResource {
  return collectionOf(USERS, members, { references });
}

function findings(
  live: readonly LiveResource[],
  documents: readonly DesiredResource[],
  collections: readonly DesiredCollection[] = [],
) {
  const all = new Map([stores, ...live].map((one) => [one.resource, one]));
  return computePlan(desiring(documents, collections), all, registry, sealing()).errors;
}

const gone = absentFrom(STORES, 'old');
const REFERENCED = 'still-referenced';

describe('what is deleted is still referenced', () => {
  test.each<readonly [name: string, live: LiveResource, document: DesiredResource | undefined, referrer: string]>([
    ['by an object that nobody manages', referring, undefined, 'reporting /trust/0'],
    ['by an object that is managed elsewhere', referring, wanted('reporting', { x: 1 }), 'reporting /trust/0'],
    ['by an object that is as wanted', referring, wanted('reporting', { trust: ['5'] }), 'reporting /trust/0'],
    [
      'by a member with a name',
      usersWith({ 1: { name: 'u', t: '5' } }, [to('5', '/t')]),
      undefined,
      'policies/users "u" /t',
    ],
    ['by a member without one', usersWith({ k: { t: '5' } }, [to('5', '/t')]), undefined, 'policies/users "k" /t'],
    [
      'by a member that is only renamed',
      usersWith({ 1: { name: 'u', t: '5' } }, [to('5', '/t')]),
      memberOf(USERS, 'v', {}, { previousName: 'u' }),
      'policies/users "u" /t',
    ],
  ])('%s', (_name, live, document, referrer) => {
    const [error, ...others] = findings([live], document === undefined ? [gone] : [gone, document]);
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: REFERENCED, pointer: '/state', position: { file: `${STORES} old.yaml` } });
    expect(error?.message).toBe(`trust_stores "old" cannot be deleted: it is still referenced by ${referrer}`);
    expect(error?.hint).toContain('re-point');
  });

  test.each<readonly [name: string, live: LiveResource, document: DesiredResource, places: string]>([
    [
      'a reference that moves within a list',
      referring,
      wanted('reporting', { trust: ['6', '5'] }),
      'reporting /trust/1',
    ],
    [
      'a reference that moves to another member',
      referring,
      wanted('reporting', { trust: [], spare: '5' }),
      'reporting /spare',
    ],
    ['a reference that is written anew', referring, wanted('reporting', { trust: [], other: '5' }), 'reporting /other'],
    [
      'a reference that is written anew, further in',
      referring,
      wanted('reporting', { trust: [], deep: { list: [{ to: '5' }] } }),
      'reporting /deep/list/0/to',
    ],
    [
      'a reference by who had none',
      usersWith({ 1: { name: 'u', t: '6' } }, [to('6', '/t')]),
      memberOf(USERS, 'u', { t: '5' }),
      'policies/users "u" /t',
    ],
    [
      'a reference by a new member',
      usersWith({}, []),
      memberOf(USERS, 'u', { list: [{ t: '5' }] }),
      'policies/users "u" /list/0/t',
    ],
  ])('by %s', (_name, live, document, places) => {
    const [error, ...others] = findings([live], [gone, document]);
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: REFERENCED });
    expect(error?.message.split(' referenced by ')[1]).toBe(places);
  });

  test('by who is renamed and writes it: once, under the name that is live', () => {
    const users = usersWith({ 1: { name: 'u', t: '6' } }, [to('6', '/t')]);
    const [error] = findings([users], [gone, memberOf(USERS, 'v', { t: '5' }, { previousName: 'u' })]);
    expect(error?.message).toMatch(/ referenced by policies\/users "u" \/t$/);
  });

  test('by several, who are all named', () => {
    const users = usersWith({ 1: { name: 'u', a: '5', b: '5' } }, [to('5', '/a'), to('5', '/b')]);
    const [error] = findings([referring, users], [gone]);
    expect(error?.message).toMatch(/by reporting \/trust\/0, policies\/users "u" \/a, policies\/users "u" \/b$/);
  });

  test('two of the same key, by a text that may mean either', () => {
    const lists = collectionOf('policies/userlists', { 5: { name: 'five' } });
    const documents = [gone, absentFrom('policies/userlists', 'five'), memberOf(USERS, 'u', { t: '5' })];
    const [first, second, ...others] = findings([lists, usersWith({}, [])], documents);
    expect(others).toEqual([]);
    expect([first?.message, second?.message].map((message) => message?.split(':')[0])).toEqual([
      'policies/userlists "five" cannot be deleted',
      'trust_stores "old" cannot be deleted',
    ]);
  });

  test('a pruned one too, and the finding stands where pruning is asked for', () => {
    const [error, ...others] = findings([referring], [], [pruning(STORES)]);
    expect(error).toMatchObject({ code: REFERENCED, pointer: '/prune', position: { file: `${STORES}.yaml` } });
    expect(others.map(({ code, message }) => [code, message.includes('"kept"')])).toEqual([[REFERENCED, true]]);
  });

  test('a pruned one beside documents of others, and of its name elsewhere', () => {
    const documents = [memberOf(STORES, 'kept'), memberOf(USERS, 'old', { a: 1 })];
    const [error, ...others] = findings([referring, usersWith({}, [])], documents, [pruning(STORES)]);
    expect(error).toMatchObject({ code: REFERENCED, pointer: '/prune', position: { file: `${STORES}.yaml` } });
    expect(others).toEqual([]);
  });
});

describe('what does not count', () => {
  const moved: Json = { trust: ['6'] };

  test.each<readonly [name: string, live: LiveResource, documents: readonly DesiredResource[], prune: boolean]>([
    ['a referrer that is re-pointed', referring, [wanted('reporting', moved)], false],
    ['a referrer that drops the reference', referring, [wanted('reporting', { trust: [] })], false],
    ['a referrer that becomes another shape', referring, [wanted('reporting', { trust: null })], false],
    [
      'a referrer that is deleted as well',
      usersWith({ 1: { name: 'u', t: '5' } }, [to('5', '/t')]),
      [absentFrom(USERS, 'u')],
      false,
    ],
    ['a referrer that is pruned as well', usersWith({ 1: { name: 'u', t: '5' } }, [to('5', '/t')]), [], true],
    ['a reference to another member', usersWith({ 1: { name: 'u', t: '6' } }, [to('6', '/t')]), [], false],
    [
      'the same key in another collection',
      usersWith({ 1: { name: 'u', t: '5' } }, [{ pointer: '/t', href: '/api/configuration/policies/other/5' }]),
      [],
      false,
    ],
    [
      'the key as a part of another text',
      referring,
      [wanted('reporting', { trust: [], other: '55', note: 'the 5th' })],
      false,
    ],
    ['the key as a number', referring, [wanted('reporting', { trust: [], count: 5 })], false],
    ['the key as somebody’s name', usersWith({}, []), [memberOf(USERS, '5', { t: '6' })], false],
    ['what the firmware lacks', { resource: USERS, state: 'unsupported' }, [], false],
  ])('%s', (_name, live, documents, prune) => {
    expect(findings([live], [gone, ...documents], prune ? [pruning(USERS)] : [])).toEqual([]);
  });

  test('a reference of a member to itself', () => {
    const own = collectionOf(STORES, { 5: { ...store('old'), same: '5' } }, { references: [to('5', '/same')] });
    expect(findings([own], [gone])).toEqual([]);
  });

  test('a reference behind a seal that the file moves', () => {
    const documents = [gone, wanted('reporting', moved)];
    const all = new Map([stores, referring].map((one) => [one.resource, one]));
    const options = sealing({ containsSecret: () => true });
    expect(computePlan(desiring(documents), all, registry, options).errors).toEqual([]);
  });

  test('references while nothing is deleted', () => {
    expect(findings([referring], [wanted('reporting', { x: 1 })])).toEqual([]);
    expect(findings([...present({ reporting: BODY }).values()], [gone])).toEqual([]);
  });
});
