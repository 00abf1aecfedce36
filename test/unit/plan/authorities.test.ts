import { beforeAll, describe, expect, test } from 'vitest';
import type { DesiredResource } from '../../../src/desired/desired-state.ts';
import { normalise } from '../../../src/live/normalise.ts';
import { computePlan, type Plan } from '../../../src/plan/plan.ts';
import type { Json } from '../../../src/shared/json.ts';
import { makeAuthorities } from '../../../src/simulator/certificates.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { absentFrom, collectionOf, desiring, memberOf, pruning, sealing } from './parts.ts';

const STORES = 'trust_stores';
const registry = realRegistry();
const node = registry.find(STORES)?.fields;

let pem = '';
/** A certificate under a name and in a form that nobody heard of. */
let unread: Json = null;

beforeAll(async () => {
  [pem = ''] = await makeAuthorities(1);
  unread = { data: pem.replace(/-----[^-]+-----|\s/g, ''), subject: 'CN=Test authority 1' };
});

/** The plan on two stores, of which `odd` has the given authority. */
function planned(authority: Json, documents: readonly DesiredResource[], prune = false): Plan {
  const store = (name: string, one: Json): Json =>
    normalise({ name, authorities: [one], crl_urls: [], revocation_check: 'none', type: 'custom' }, node);
  const live = collectionOf(STORES, { 5: store('plain', { certificate: pem }), 6: store('odd', authority) });
  const files = desiring(documents, prune ? [pruning(STORES)] : []);
  return computePlan(files, new Map([[STORES, live]]), registry, sealing());
}

const CHECKED = { revocation_check: 'leaf', crl_urls: ['http://crl.example.com/a'] };

describe('an authority whose certificate is found under no name', () => {
  test.each<readonly [name: string, document: DesiredResource]>([
    ['another member is written', memberOf(STORES, 'odd', CHECKED)],
    ['the store is renamed', memberOf(STORES, 'new', {}, { previousName: 'odd' })],
    ['the authorities themselves are written', memberOf(STORES, 'odd', { authorities: [] })],
  ])('makes no sense where the files write to its store: %s', (_name, document) => {
    const { misshapen } = planned(unread, [document]);
    expect(misshapen).toEqual([`${STORES} "${document.name}" /authorities/0`]);
  });

  test('is nobody’s business where the files write to another store', () => {
    const plan = planned(unread, [memberOf(STORES, 'plain', CHECKED), memberOf(STORES, 'odd')]);
    expect(plan.misshapen).toEqual([]);
    expect(plan.operations.map(({ action, name }) => `${action} ${name}`)).toEqual(['update plain']);
  });

  test('is no reason to keep a store that is to be gone', () => {
    for (const plan of [
      planned(unread, [absentFrom(STORES, 'odd')]),
      planned(unread, [memberOf(STORES, 'plain', {})], true),
    ]) {
      expect(plan.misshapen).toEqual([]);
      expect(plan.operations.map(({ action, name }) => `${action} ${name}`)).toEqual(['delete odd']);
    }
  });
});

test.each(['certificate', 'pem', 'ca_certificate'])('a certificate that is found (%s) makes sense', (name) => {
  const plan = planned({ [name]: pem, subject: 'CN=Test authority 1' }, [memberOf(STORES, 'odd', CHECKED)]);
  expect(plan.misshapen).toEqual([]);
  expect(plan.operations).toHaveLength(1);
});

test('so does one that stands without an object around it', () => {
  expect(planned(pem, [memberOf(STORES, 'odd', CHECKED)])).toMatchObject({ misshapen: [], operations: [{}] });
});
