import { expect, test } from 'vitest';
import { mapBounded } from '../../../src/shared/concurrency.ts';
import { formatDuration, parseDuration } from '../../../src/shared/duration.ts';
import { sleep } from '../../../src/shared/sleep.ts';

/** Calls that end when told to. */
function calls() {
  const open = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const started: number[] = [];
  const map = (item: number) =>
    new Promise<string>((resolve, reject) => {
      started.push(item);
      open.set(item, { resolve, reject });
    });
  const end = async (item: number, error?: Error) => {
    const call = open.get(item);
    if (error === undefined) call?.resolve(`r${item}`);
    else call?.reject(error);
    // Lets everything that the end set free start.
    await new Promise((done) => setImmediate(done));
  };
  return { map, started, end };
}

test('at most as many calls as allowed are under way, and results keep their order', async () => {
  const { map, started, end } = calls();
  const all = mapBounded([1, 2, 3, 4], 2, map);
  expect(started).toEqual([1, 2]);
  await end(2);
  expect(started).toEqual([1, 2, 3]);
  await end(3);
  await end(4);
  await end(1);
  expect(await all).toEqual(['r1', 'r2', 'r3', 'r4']);
});

test('after a failure nothing starts, what is under way is awaited, the first failure is thrown', async () => {
  const { map, started, end } = calls();
  let over = false;
  const all = mapBounded([1, 2, 3], 2, map).finally(() => (over = true));
  const outcome = expect(all).rejects.toThrow('first');
  await end(2, new Error('first'));
  expect([over, started]).toEqual([false, [1, 2]]);
  await end(1, new Error('second'));
  await outcome;
  expect(started).toEqual([1, 2]);
});

test('a map that throws at once fails like any other', async () => {
  await expect(
    mapBounded([1], 5, () => {
      throw new TypeError('x');
    }),
  ).rejects.toThrow(TypeError);
});

test.each([
  [[], 3, []],
  [[1, 2], 100, [1, 2]],
  [[1, 2], 1, [1, 2]],
])('mapping %j with %i at once', async (items, limit, results) => {
  expect(await mapBounded(items, limit, (item) => Promise.resolve(item))).toEqual(results);
});

test.each([0, -1, Number.NaN])('a limit of %i still maps everything', async (limit) => {
  expect(await mapBounded([1, 2], limit, (item) => Promise.resolve(item))).toEqual([1, 2]);
});

test('sleeping ends by itself, or at once with the reason of the abort', async () => {
  await sleep(0, new AbortController().signal);
  const controller = new AbortController();
  const slept = sleep(2 ** 30, controller.signal);
  const reason = new Error('stop');
  controller.abort(reason);
  await expect(slept).rejects.toBe(reason);
  await expect(sleep(1, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test.each<[string, number | undefined]>([
  ['0s', 0],
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['2147483647ms', 2_147_483_647],
  ['2147483648ms', undefined],
  ['596h', 2_145_600_000],
  ['597h', undefined],
  ['9999999999h', undefined],
  ['', undefined],
  ['5', undefined],
  ['-5s', undefined],
  ['1.5s', undefined],
  ['05s', undefined],
  ['5 s', undefined],
  ['5s ', undefined],
  ['5s\n', undefined],
  ['1d', undefined],
  ['5M', undefined],
  ['1m30s', undefined],
])('%j lasts %s ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [1500, '1500ms'],
  [90_000, '90s'],
  [180_000, '3m'],
  [3_600_000, '1h'],
  [5_400_000, '90m'],
])('%i ms are written %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
  if (milliseconds > 0) expect(parseDuration(text)).toBe(milliseconds);
});
