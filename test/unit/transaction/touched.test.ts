import { expect, test } from 'vitest';
import { comparePresent } from '../../../src/plan/comparison.ts';
import type { StagedOperation } from '../../../src/plan/operation.ts';
import { createRegistry } from '../../../src/resources/registry.ts';
import { readTouched } from '../../../src/transaction/touched.ts';
import type { TransactionContext } from '../../../src/transaction/transaction-context.ts';
import { unread } from '../live/unread.ts';
import { operationOn, sealing } from '../plan/parts.ts';

const MANY = 6000;
const HREF = '/api/configuration/trust_stores';

// While the appliance's lock is held: asking each member of each operation, and for each the whole collection, takes minutes.
test('a collection whose many members all change is read back at once', { timeout: 20_000 }, async () => {
  const items = Array.from({ length: MANY }, (_, index) => ({
    key: `k${index}`,
    href: `${HREF}/k${index}`,
    body: { name: `n${index}`, check: 'none' },
  }));
  const siblings = items.map(({ key }) => key);
  const operations = items.map(({ key, href, body }): StagedOperation => {
    const wanted = { body: { ...body, check: 'full' }, ignore: [], node: undefined };
    const comparison = comparePresent(wanted, body, sealing());
    return { ...operationOn('trust_stores'), name: body.name, href, comparison, member: { key, siblings } };
  });
  const reader = { fetch: async () => unread({ kind: 'listing', items }) };
  const live = { reader, isNotFound: () => false, registry: createRegistry([]), concurrency: 1 };
  const context: Pick<TransactionContext, 'live'> = { live };

  const touched = await readTouched(operations, new Map(), context, new AbortController().signal);

  expect(touched.map(({ key }) => key)).toEqual(siblings);
  expect(touched.flatMap(({ twins }) => twins)).toEqual([]);
});
