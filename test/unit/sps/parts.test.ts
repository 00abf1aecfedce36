import { describe, expect, it } from 'vitest';
import { ApplianceError } from '../../../src/sps/appliance-error.ts';
import { parseRetryAfter, retryDelay, type RetryPolicy } from '../../../src/sps/retry.ts';
import { sessionCookie } from '../../../src/sps/session-cookie.ts';
import { Slots } from '../../../src/sps/slots.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('Retry-After', () => {
  it.each<[string | undefined, number | null]>([
    ['0', 0],
    ['120', 120_000],
    ['Sun, 01 Mar 2026 12:00:07 GMT', 7_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    [undefined, null],
    ['', null],
    ['-1', null],
    ['1.5', null],
    ['soon', null],
    ['2026-03-01', null],
    ['9999999999', null],
    ['Sun, 99 Mar 2026 12:00:07 GMT', null],
  ])('%j is %j ms', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });
});

describe('the pause before the next try', () => {
  const failed = (about: Partial<ConstructorParameters<typeof ApplianceError>[0]>): ApplianceError =>
    new ApplianceError({ kind: 'network', request: { method: 'GET', path: '/api/info' }, text: 'x', ...about });
  const first = { failed: 1, timeouts: 0 };

  it.each<[string, ApplianceError, RetryPolicy, number | null]>([
    ['a broken read', failed({}), 'read', 10],
    ['a broken login', failed({}), 'login', 10],
    ['a broken write', failed({}), 'never', null],
    ['a read with 503', failed({ kind: 'status', status: 503 }), 'read', 10],
    ['a login with 503', failed({ kind: 'status', status: 503 }), 'login', 10],
    ['a read with 429', failed({ kind: 'status', status: 429 }), 'read', 10],
    ['a login with 429', failed({ kind: 'status', status: 429 }), 'login', null],
    ['a login with 401', failed({ kind: 'status', status: 401 }), 'login', null],
    ['an answer of no shape', failed({ kind: 'shape', status: 200 }), 'read', null],
    ['a certificate', failed({ kind: 'tls' }), 'read', null],
    ['a login that timed out', failed({ kind: 'timeout' }), 'login', null],
    ['a shorter wish', failed({ kind: 'status', status: 503, retryAfterMs: 5 }), 'read', 10],
    ['a longer wish', failed({ kind: 'status', status: 503, retryAfterMs: 30_000 }), 'read', 30_000],
    ['too long a wish', failed({ kind: 'status', status: 503, retryAfterMs: 30_001 }), 'read', null],
  ])('after %s', (_name, error, policy, expected) => {
    expect(retryDelay(error, policy, first, [10, 20])).toBe(expected);
  });

  it('is that of the list, which ends', () => {
    const delays = [1, 2, 3].map((count) => retryDelay(failed({}), 'read', { failed: count, timeouts: 0 }, [10, 20]));
    expect(delays).toEqual([10, 20, null]);
  });

  it('comes once after a timeout, never after an error that is not ours', () => {
    const timeout = failed({ kind: 'timeout' });
    expect(retryDelay(timeout, 'read', { failed: 1, timeouts: 1 }, [10, 20])).toBe(10);
    expect(retryDelay(timeout, 'read', { failed: 2, timeouts: 2 }, [10, 20])).toBeNull();
    expect(retryDelay(new Error('aborted'), 'read', first, [10])).toBeNull();
  });
});

describe('the session cookie', () => {
  it.each<[string | readonly string[] | undefined, string | null]>([
    ['session_id=abc', 'abc'],
    ['session_id=abc; Path=/; Secure; HttpOnly', 'abc'],
    [' session_id = abc ;expires=Thu, 01 Jan 1970 00:00:00 GMT', 'abc'],
    ['session_id="abc"', '"abc"'],
    ['session_id=a=b', 'a=b'],
    [['other=1', 'session_id=one', 'session_id=two'], 'two'],
    [['session_id=one', 'session_id='], 'one'],
    [undefined, null],
    [[], null],
    ['session_id=', null],
    ['session_id', null],
    ['=session_id', null],
    ['Session_Id=abc', null],
    ['x_session_id=abc', null],
    ['session_id=a b', null],
    ['session_id=a\u00e9', null],
    ['session_id=a,b', null],
  ])('of %j is %j', (header, expected) => {
    expect(sessionCookie(header)?.reveal() ?? null).toBe(expected);
  });
});

describe('slots', () => {
  const calm = new AbortController().signal;

  it('are given in the order of asking, and given back after a failure', async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    const run = (name: string, fail: 'fail' | 'pass'): Promise<unknown> =>
      slots.use(async () => {
        order.push(name);
        await Promise.resolve();
        if (fail === 'fail') throw new Error(name);
      }, calm);
    const ended = await Promise.allSettled([run('a', 'fail'), run('b', 'pass'), run('c', 'pass')]);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('pass by one that was aborted while it waited', async () => {
    const slots = new Slots(1);
    const controller = new AbortController();
    let release: () => void = () => undefined;
    const holding = slots.use(() => new Promise<void>((resolve) => (release = resolve)), calm);
    const aborted = slots.use(() => Promise.reject(new Error('must not run')), controller.signal);
    const last = slots.use(() => Promise.resolve('ran'), calm);
    const reason = new Error('stop');
    const settled = expect(aborted).rejects.toBe(reason);
    controller.abort(reason);
    await settled;
    release();
    await holding;
    expect(await last).toBe('ran');
  });
});
