import { beforeEach, describe, expect, it } from 'vitest';
import { RunQueue, type Trigger } from '../../../src/daemon/run-queue.ts';
import { DrivenRuns } from './driven-runs.ts';
import { DrivenTimers, settled } from './driven-timers.ts';

const QUIET = 500;
const URGENT: readonly Trigger[] = ['start', 'cron', 'signal', 'http', 'retry'];

let timers: DrivenTimers;
let runs: DrivenRuns;
let queue: RunQueue;

beforeEach(() => {
  timers = new DrivenTimers();
  runs = new DrivenRuns();
  queue = new RunQueue({ run: runs.run, quietPeriodMs: QUIET, timers });
});

/** Whether a promise has settled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await settled();
  return done;
}

describe('a request', () => {
  it.each(URGENT)('of the kind %s starts a run at once', (trigger) => {
    queue.request(trigger);
    expect(runs.triggers()).toEqual([trigger]);
    expect(queue.isRunning).toBe(true);
  });

  it('is pending until its run begins, by the trigger that the run will have', async () => {
    expect(queue.pending).toBeNull();
    queue.request('file');
    expect(queue.pending).toBe('file');
    queue.request('http');
    expect(queue.pending).toBeNull();
    queue.request('file');
    queue.request('cron');
    queue.request('http');
    expect(queue.pending).toBe('cron');
    await runs.end();
    expect([queue.pending, runs.triggers()]).toEqual([null, ['http', 'cron']]);
    void queue.stop('over');
    expect(queue.pending).toBeNull();
    await runs.end();
  });

  it('about a file starts one when files have been quiet', async () => {
    queue.request('file');
    await timers.advance(QUIET - 1);
    queue.request('file');
    await timers.advance(QUIET - 1);
    expect(runs.triggers()).toEqual([]);
    await timers.advance(1);
    expect(runs.triggers()).toEqual(['file']);
    await runs.end();
    await timers.advance(100 * QUIET);
    expect(runs.triggers()).toEqual(['file']);
  });

  it('about files that never rest starts one after ten quiet periods', async () => {
    for (let at = 0; at < 10 * QUIET; at += 100) {
      expect(runs.triggers()).toEqual([]);
      queue.request('file');
      await timers.advance(100);
    }
    expect(runs.triggers()).toEqual(['file']);
  });

  it('of another kind takes waiting ones about files with it', async () => {
    queue.request('file');
    queue.request('cron');
    expect(runs.triggers()).toEqual(['cron']);
    await runs.end();
    await timers.advance(100 * QUIET);
    expect(runs.triggers()).toEqual(['cron']);
    expect(timers.armed).toBe(0);
  });

  it('that a run makes itself comes after it', async () => {
    const seen: Trigger[] = [];
    const own = new RunQueue({
      run: async (trigger) => {
        seen.push(trigger);
        if (seen.length === 1) own.request('retry');
        expect(seen).toHaveLength(trigger === 'start' ? 1 : 2);
      },
      quietPeriodMs: QUIET,
      timers,
    });
    own.request('start');
    await own.idle();
    expect(seen).toEqual(['start', 'retry']);
  });

  it('whose timer fires too early is waited for again', async () => {
    const early: (() => void)[] = [];
    const hasty = new RunQueue({
      run: runs.run,
      quietPeriodMs: QUIET,
      timers: {
        now: () => timers.now(),
        start: (_, fire) => {
          early.push(fire);
          return () => {};
        },
      },
    });
    hasty.request('file');
    await timers.advance(QUIET - 1);
    early.shift()?.();
    expect(runs.triggers()).toEqual([]);
    await timers.advance(1);
    early.shift()?.();
    expect(runs.triggers()).toEqual(['file']);
  });
});

describe('requests while a run is under way', () => {
  beforeEach(() => queue.request('start'));

  it('become exactly one more, named after the first that is not about a file', async () => {
    for (const trigger of ['file', 'cron', 'file', 'http'] as const) queue.request(trigger);
    await timers.advance(100 * QUIET);
    expect(runs.triggers()).toEqual(['start']);
    await runs.end();
    expect(runs.triggers()).toEqual(['start', 'cron']);
    await runs.end();
    await timers.advance(100 * QUIET);
    expect(runs.triggers()).toEqual(['start', 'cron']);
  });

  it('that are about files wait for the rest of the quiet period', async () => {
    queue.request('file');
    await timers.advance(QUIET - 100);
    queue.request('file');
    await timers.advance(200);
    await runs.end();
    await timers.advance(QUIET - 201);
    expect(runs.triggers()).toEqual(['start']);
    await timers.advance(1);
    expect(runs.triggers()).toEqual(['start', 'file']);
  });

  it('that are about files and quiet by then start with its end', async () => {
    queue.request('file');
    await timers.advance(QUIET);
    await runs.end();
    expect(runs.triggers()).toEqual(['start', 'file']);
  });
});

describe('stopping', () => {
  const reason = new Error('told to stop');

  it('aborts the run with the reason and waits for its end', async () => {
    queue.request('start');
    const stopped = queue.stop(reason);
    expect(runs.begun[0]?.signal.reason).toBe(reason);
    expect(await isDone(stopped)).toBe(false);
    await runs.end();
    await stopped;
    expect(queue.isRunning).toBe(false);
  });

  it('forgets what waits and takes no more', async () => {
    queue.request('start');
    queue.request('cron');
    const stopped = queue.stop(reason);
    queue.request('http');
    await runs.end();
    await stopped;
    await timers.advance(100 * QUIET);
    expect(runs.triggers()).toEqual(['start']);
  });

  it('drops file requests that wait for silence, and their timer', async () => {
    queue.request('file');
    const idle = queue.idle();
    await queue.stop(reason);
    await idle;
    expect(timers.armed).toBe(0);
    await timers.advance(100 * QUIET);
    expect(runs.triggers()).toEqual([]);
  });

  it('may be told twice; the first reason counts', async () => {
    queue.request('start');
    const both = Promise.all([queue.stop(reason), queue.stop(new Error('again'))]);
    expect(runs.begun[0]?.signal.reason).toBe(reason);
    expect(await isDone(both)).toBe(false);
    await runs.end();
    await both;
    await queue.stop(new Error('later'));
  });

  it('may come before anything else, and out of a run', async () => {
    await queue.stop(reason);
    queue.request('start');
    expect(runs.triggers()).toEqual([]);
    let stopped: Promise<void> = Promise.resolve();
    const own = new RunQueue({
      run: async (_, signal) => {
        own.request('cron');
        stopped = own.stop(reason);
        expect(signal.reason).toBe(reason);
      },
      quietPeriodMs: QUIET,
      timers,
    });
    own.request('start');
    await stopped;
    expect(own.isRunning).toBe(false);
  });
});

describe('idle', () => {
  it('is a queue that has nothing under way and nothing to come', async () => {
    await queue.idle();
    queue.request('file');
    const idle = queue.idle();
    expect(await isDone(idle)).toBe(false);
    await timers.advance(QUIET);
    queue.request('cron');
    await runs.end();
    expect(await isDone(idle)).toBe(false);
    await runs.end();
    await idle;
    expect(runs.triggers()).toEqual(['file', 'cron']);
  });
});

it('a run that breaks its promise does not stop the queue', async () => {
  const failures: unknown[] = [];
  const onRejection = (error: unknown) => failures.push(error);
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', onRejection);
  try {
    const broken = new RunQueue({ run: () => Promise.reject(new Error('broken')), quietPeriodMs: QUIET, timers });
    broken.request('start');
    await broken.idle();
    await settled();
    expect(broken.isRunning).toBe(false);
    expect(failures).toEqual([new Error('broken')]);
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
  }
});
