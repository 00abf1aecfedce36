import { expect, test } from 'vitest';
import { reconcile, SPLUNK, SUPPORT, type Ended } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';

// Everybody is locked out meanwhile: what does not have to wait for another answer does not.

const INFO = '/api/info';
const STATUS = '/api/transaction';
const CHANGES = '/api/transaction/changes';
const on = oneSimulator();

/** A run in which none of these requests, a path and which GET of it, is answered before all of them are there. */
async function meeting(wanted: readonly (readonly [string, number])[]): Promise<Ended> {
  let missing = wanted.length;
  let meet: () => void = () => undefined;
  const met = new Promise<void>((resolve) => (meet = resolve));
  const seen = new Map<string, number>();
  on.onRequest(async ({ method, path }) => {
    if (method !== 'GET') return;
    const nth = (seen.get(path) ?? 0) + 1;
    seen.set(path, nth);
    if (!wanted.some(([one, which]) => one === path && which === nth)) return;
    missing -= 1;
    if (missing === 0) meet();
    await met;
  });
  const ended = await reconcile(on.simulator, { timeoutMs: 2000 });
  expect(missing).toBe(0);
  return ended;
}

test.each([
  [
    'in the open transaction, the hash and the touched resources',
    [
      [INFO, 2],
      [SUPPORT, 2],
      [SPLUNK, 2],
    ],
  ],
  [
    'before the commit, what is pending and the list of changes',
    [
      [SUPPORT, 3],
      [SPLUNK, 3],
      [CHANGES, 1],
    ],
  ],
  [
    'after the commit, whether it is over and what it made',
    [
      [STATUS, 2],
      [SUPPORT, 4],
      [SPLUNK, 4],
    ],
  ],
] as const)('%s are read at once', async (_, wanted) => {
  expect(await meeting(wanted)).toMatchObject({ end: 'applied', warnings: [] });
});

test('the hash is read again after them, as the last before the commit', async () => {
  const paths: string[] = [];
  on.onRequest(({ method, path }) => void paths.push(`${method} ${path}`));
  expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied' });
  expect(paths[paths.indexOf('PUT /api/transaction') - 1]).toBe(`GET ${INFO}`);
});
