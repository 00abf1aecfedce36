import { expect, test } from 'vitest';
import type { TimedRequest } from '../../bench/appliance-messages.ts';
import { floorOf, underLock } from '../../bench/floor.ts';

function request(arrived: number, answered: number, method = 'GET', path = '/api/info'): TimedRequest {
  return { method, path, arrived, answered, bytes: 0 };
}

test('requests one after the other cost their sum, and what is between them nothing', () => {
  expect(floorOf([request(0, 5), request(7, 12), request(12, 17)])).toEqual({ rounds: 3, ms: 15 });
});

test('eight reads, four at a time, cost what two cost', () => {
  const first = [0, 0.1, 0.2, 0.3].map((at) => request(at, at + 5));
  const second = [5.5, 5.6, 5.7, 5.8].map((at) => request(at, at + 5));
  expect(floorOf([...second, ...first])).toEqual({ rounds: 2, ms: 10 });
});

test('of requests under way together the one counts that took longest', () => {
  expect(floorOf([request(0, 5), request(1, 40), request(6, 11), request(50, 55)])).toEqual({ rounds: 2, ms: 44 });
});

test('nothing asked costs nothing', () => {
  expect(floorOf([])).toEqual({ rounds: 0, ms: 0 });
});

test('under the lock is what lies between the opening and the commit, both included', () => {
  const opened = request(10, 15, 'POST', '/api/transaction');
  const write = request(16, 21, 'PUT', '/api/configuration/management/soap');
  const committed = request(22, 27, 'PUT', '/api/transaction');
  expect(underLock([request(0, 5), opened, write, committed, request(28, 33)])).toEqual([opened, write, committed]);
  expect(underLock([request(0, 5), opened, write])).toEqual([]);
});
