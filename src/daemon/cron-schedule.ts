import { createTask, setLogger, type ScheduledTask } from 'node-cron';
import { systemTimers } from './timers.ts';

/** When to tick. */
export interface ScheduleOptions {
  /** A cron expression of five fields, or six with the second in front; the settings have checked it. */
  readonly expression: string;
  /** A name of the IANA database. */
  readonly timezone: string;
}

/** A schedule that ticks until it is stopped. It does not keep the process alive. */
export interface Schedule {
  /** The next tick; null after `stop`. */
  nextTick(): Date | null;
  /** No tick comes after it. May be called twice. */
  stop(): void;
}

/** So soon, in milliseconds, a clock that was set or a machine that slept is noticed. */
const LOOK_AGAIN_MS = 60_000;

/** Whoever counts missed ticks does not tell more of them apart. */
const MOST_MISSED = 3;

/** A tick that comes later than this was slept through. A process that is only busy is not that late. */
const LATEST_MS = 5_000;

/**
 * Calls `onTick` at every moment that the expression names; `log` takes what there is to say on the way.
 * Ticks that were slept through are not made up, however many they are: one message stands for all, and `onMissed` gets
 * their number, of which 3 stands for any more. Where a zone's clocks
 * go forward, times that do not exist do not tick; where they go back, the hour that comes twice ticks once.
 *
 * node-cron is the calendar only. Its own timer walks over every missed moment (a tenth of a millisecond each, and an event
 * each): after a clock that is set forward by years, as on a machine without one of its own, it would block for minutes.
 */
export function startSchedule(
  { expression, timezone }: ScheduleOptions,
  onTick: () => void,
  log: (message: string) => void,
  onMissed: (moments: number) => void = () => undefined,
): Schedule {
  redirectMessages(log);
  const calendar = createTask(expression, () => {}, { timezone });
  let [next, ...later] = following(calendar, MOST_MISSED);
  let isStopped = false;
  let cancel = (): void => {};

  const arm = (): void => {
    const remaining = Math.max(next.getTime() - Date.now(), 0);
    cancel = systemTimers.start(Math.min(remaining, LOOK_AGAIN_MS), beat);
  };
  const beat = (): void => {
    const lateMs = Date.now() - next.getTime();
    // Before the tick, what the calendar says now is of use only where the clock was set back: within an hour that comes
    // twice it skips moments that it named before.
    const missed = 1 + later.filter((moment) => moment.getTime() <= Date.now()).length;
    const isSetBack = lateMs < 0 && following(calendar, 1)[0] < next;
    if (lateMs >= 0 || isSetBack) [next, ...later] = following(calendar, MOST_MISSED);
    arm();
    if (lateMs < 0) return;
    if (lateMs <= LATEST_MS) {
      onTick();
      return;
    }
    log('scheduled ticks were missed and are not made up: the process slept, or the clock was set');
    onMissed(missed);
  };
  arm();

  return {
    nextTick: () => (isStopped ? null : new Date(next)),
    stop: () => {
      isStopped = true;
      cancel();
      void calendar.destroy();
    },
  };
}

/** The first moments after this second. */
function following(calendar: ScheduledTask, count: number): readonly [Date, ...Date[]] {
  const [next, ...later] = calendar.getNextRuns(count);
  if (next === undefined) throw new TypeError('the calendar gave no moment');
  return [next, ...later];
}

/** Whatever node-cron says goes to the log, never to the console. */
function redirectMessages(log: (message: string) => void): void {
  const take = (message: string | Error): void => log(message instanceof Error ? message.message : message);
  setLogger({ info: take, warn: take, error: take, debug: take });
}
