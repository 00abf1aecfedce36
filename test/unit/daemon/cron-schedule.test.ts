import nodeCron from 'node-cron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSchedule, type Schedule } from '../../../src/daemon/cron-schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let ticks: string[] = [];
let messages: string[] = [];
let started: Schedule | null = null;

function start(expression: string, timezone = 'Etc/UTC'): Schedule {
  started = startSchedule(
    { expression, timezone },
    () => ticks.push(new Date().toISOString()),
    (message) => messages.push(message),
  );
  return started;
}

/** Starts a schedule on a clock that the test moves. */
function startAt(now: string, expression: string, timezone?: string): Schedule {
  vi.useFakeTimers({ now: new Date(now) });
  return start(expression, timezone);
}

beforeEach(() => {
  ticks = [];
  messages = [];
});
afterEach(() => {
  started?.stop();
  started = null;
  vi.useRealTimers();
});

it('ticks by the real clock', async () => {
  const first = new Promise<void>((resolve) => {
    started = startSchedule({ expression: '* * * * * *', timezone: 'Etc/UTC' }, resolve, () => {});
  });
  const next = started?.nextTick()?.getTime() ?? 0;
  expect(next % 1_000).toBe(0);
  await first;
  expect(Date.now()).toBeGreaterThanOrEqual(next);
});

it('does not keep the process alive', () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  start('* * * * *');
  expect(timers()).toBe(before);
});

describe('the moments', () => {
  it('are those of the expression, in order', async () => {
    const schedule = startAt('2026-05-01T10:02:30.250Z', '*/5 * * * *');
    expect(schedule.nextTick()).toEqual(new Date('2026-05-01T10:05:00Z'));
    await vi.advanceTimersByTimeAsync(12 * MINUTE + 29_750);
    expect(ticks).toEqual(['2026-05-01T10:05:00.000Z', '2026-05-01T10:10:00.000Z', '2026-05-01T10:15:00.000Z']);
    expect(schedule.nextTick()).toEqual(new Date('2026-05-01T10:20:00Z'));
  });

  it('may have seconds', async () => {
    startAt('2026-05-01T10:00:00.000Z', '*/20 * * * * *');
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ticks).toEqual(['2026-05-01T10:00:20.000Z', '2026-05-01T10:00:40.000Z', '2026-05-01T10:01:00.000Z']);
  });

  it('may be days away', async () => {
    const schedule = startAt('2026-05-01T10:00:00Z', '0 0 L-28 * *');
    expect(schedule.nextTick()).toEqual(new Date('2026-05-03T00:00:00Z'));
    await vi.advanceTimersByTimeAsync(2 * 24 * HOUR);
    expect(ticks).toEqual(['2026-05-03T00:00:00.000Z']);
  });

  it('follow the clocks of their zone', () => {
    expect(startAt('2026-01-10T00:00:00Z', '0 3 * * *', 'Europe/Berlin').nextTick()).toEqual(
      new Date('2026-01-10T02:00:00Z'),
    );
    started?.stop();
    expect(startAt('2026-07-10T00:00:00Z', '0 3 * * *', 'Europe/Berlin').nextTick()).toEqual(
      new Date('2026-07-10T01:00:00Z'),
    );
    started?.stop();
    expect(startAt('2026-07-10T00:00:00Z', '0 3 * * *', 'Asia/Kathmandu').nextTick()).toEqual(
      new Date('2026-07-10T21:15:00Z'),
    );
  });

  it('that the clocks skip in spring do not come', async () => {
    // On 29 March 2026 two o'clock in Berlin is three o'clock.
    startAt('2026-03-28T12:00:00Z', '30 2 * * *', 'Europe/Berlin');
    await vi.advanceTimersByTimeAsync(60 * HOUR);
    expect(ticks).toEqual(['2026-03-30T00:30:00.000Z']);
  });

  it('of the hour that comes twice in autumn come once', async () => {
    // On 25 October 2026 three o'clock in Berlin is two o'clock again, at 01:00 UTC.
    startAt('2026-10-24T23:40:00Z', '*/30 * * * *', 'Europe/Berlin');
    await vi.advanceTimersByTimeAsync(3 * HOUR);
    expect(ticks).toEqual([
      '2026-10-25T01:00:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T02:00:00.000Z',
      '2026-10-25T02:30:00.000Z',
    ]);
  });

  it('of a zone without summer time come evenly', async () => {
    startAt('2026-10-24T23:40:00Z', '*/30 * * * *');
    await vi.advanceTimersByTimeAsync(3 * HOUR);
    expect(ticks).toHaveLength(6);
  });
});

describe('a process that was held up', () => {
  it('for some seconds ticks late, and once', async () => {
    startAt('2026-05-01T10:00:00.000Z', '* * * * * *');
    vi.setSystemTime(new Date('2026-05-01T10:00:04.500Z'));
    await vi.advanceTimersToNextTimerAsync();
    expect(ticks).toHaveLength(1);
    expect(messages).toEqual([]);
  });

  it('for longer does not make up its ticks, and says so once', async () => {
    const schedule = startAt('2026-05-01T10:04:30Z', '*/5 * * * *');
    vi.setSystemTime(new Date('2026-05-04T09:03:00Z'));
    await vi.advanceTimersToNextTimerAsync();
    expect(ticks).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('missed')]);
    expect(schedule.nextTick()).toEqual(new Date('2026-05-04T09:05:00Z'));
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(ticks).toHaveLength(1);
    expect(messages).toHaveLength(1);
  });

  it('by a clock that jumps over years does not go through all that it missed', async () => {
    startAt('1970-01-01T00:00:00Z', '* * * * * *');
    vi.setSystemTime(new Date('2026-05-01T10:00:00Z'));
    const before = process.cpuUsage();
    await vi.advanceTimersToNextTimerAsync();
    const { user } = process.cpuUsage(before);
    // Walking over them would take days.
    expect(user).toBeLessThan(5_000_000);
    expect(messages).toHaveLength(1);
  });

  it.each([
    ['2026-05-01T10:05:06Z', 1],
    ['2026-05-01T10:09:00Z', 1],
    ['2026-05-01T10:10:06Z', 2],
    ['2026-05-01T10:15:00Z', 3],
    ['2027-05-01T10:00:00Z', 3],
  ])('tells how many ticks it missed, up to three: waking at %s', async (waking, moments) => {
    vi.useFakeTimers({ now: new Date('2026-05-01T10:04:30Z') });
    const missed: number[] = [];
    started = startSchedule(
      { expression: '*/5 * * * *', timezone: 'Etc/UTC' },
      () => ticks.push('tick'),
      () => {},
      (count) => missed.push(count),
    );
    vi.setSystemTime(new Date(waking));
    await vi.advanceTimersToNextTimerAsync();
    expect([ticks, missed]).toEqual([[], [moments]]);
  });

  it('by a clock that is set back ticks by the new time within a minute', async () => {
    const schedule = startAt('2026-05-01T10:01:00Z', '*/5 * * * *');
    vi.setSystemTime(new Date('2026-05-01T08:01:00Z'));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(schedule.nextTick()).toEqual(new Date('2026-05-01T08:05:00Z'));
    await vi.advanceTimersByTimeAsync(4 * MINUTE);
    expect(ticks).toEqual(['2026-05-01T08:05:00.000Z']);
  });
});

describe('stopping', () => {
  it('ends the ticks, leaves no timer, and may be told twice', async () => {
    const schedule = startAt('2026-05-01T10:00:00Z', '* * * * *');
    expect(nodeCron.getTasks().size).toBe(1);
    schedule.stop();
    schedule.stop();
    expect(schedule.nextTick()).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
    expect(nodeCron.getTasks().size).toBe(0);
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(ticks).toEqual([]);
  });

  it('may come out of a tick', async () => {
    vi.useFakeTimers({ now: new Date('2026-05-01T10:00:00Z') });
    const schedule = startSchedule(
      { expression: '* * * * *', timezone: 'Etc/UTC' },
      () => {
        ticks.push('tick');
        schedule.stop();
      },
      () => {},
    );
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(ticks).toEqual(['tick']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("node-cron's own messages go to the log and not to the console", async () => {
  start('* * * * *');
  const written = vi.spyOn(console, 'error');
  const task = nodeCron.createTask('* * * * *', () => Promise.reject(new Error('from node-cron')));
  await expect(task.execute()).rejects.toThrow('from node-cron');
  await task.destroy();
  expect(messages).toEqual(['from node-cron']);
  expect(written).not.toHaveBeenCalled();
});
