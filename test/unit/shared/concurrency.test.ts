import { expect, test } from 'vitest';
import { both } from '../../../src/shared/concurrency.ts';

test('both gives what both gave', async () => {
  expect(await both(Promise.resolve(1), Promise.resolve('a'))).toEqual([1, 'a']);
});

test('the first failure by place is thrown, when the other is over as well', async () => {
  let isOver = false;
  let end: () => void = () => undefined;
  const slow = new Promise<never>((_, reject) => {
    end = () => {
      isOver = true;
      reject(new Error('first'));
    };
  });
  const result = both(slow, Promise.reject(new Error('second'))).catch((error: unknown) => [String(error), isOver]);
  end();
  expect(await result).toEqual(['Error: first', true]);
  await expect(both(Promise.resolve(1), Promise.reject(new Error('second')))).rejects.toThrow('second');
});
