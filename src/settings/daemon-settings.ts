import { scheduleFault } from './check-schedule.ts';
import { durationMember } from './duration-member.ts';
import type { Findings } from './findings.ts';
import type { Members } from './members.ts';
import type { Settings } from './settings.ts';

/** What the daemon's part is built from. */
interface DaemonContext {
  readonly members: Members;
  readonly findings: Findings;
}

const SCHEDULE = '/reconcile/schedule';
const TIMEZONE = '/reconcile/timezone';
const INITIAL = '/reconcile/retry/initial';
const MAX = '/reconcile/retry/max';

/** The daemon's part, checked; of use only when nothing was found to be an error. */
export async function checkDaemon(context: DaemonContext): Promise<Pick<Settings, 'reconcile' | 'shutdown'>> {
  const { members } = context;
  return {
    reconcile: {
      mode: members.word('/reconcile/mode', ['enforce', 'observe']) ?? 'enforce',
      schedule: await schedule(context),
      timezone: timezone(context),
      quietPeriodMs: durationMember('/reconcile/quietPeriod', '500ms', context),
      pollMs: durationMember('/reconcile/poll', '2s', context),
      quickTick: members.flag('/reconcile/quickTick', true),
      fullReadIntervalMs: durationMember('/reconcile/fullReadInterval', '15m', context),
      retry: retry(context),
    },
    shutdown: { drainTimeoutMs: durationMember('/shutdown/drainTimeout', '30s', context) },
  };
}

async function schedule({ members, findings }: DaemonContext): Promise<string> {
  const given = members.text(SCHEDULE);
  if (given === undefined || findings.explains(SCHEDULE)) return '*/5 * * * *';
  const message = await scheduleFault(given);
  if (message !== null) {
    const hint =
      'Write minute, hour, day of the month, month and day of the week, in quotes, such as "*/5 * * * *"; a field before these is the second.';
    findings.error(SCHEDULE, { code: 'schedule-malformed', message, hint });
  }
  return given;
}

function timezone({ members, findings }: DaemonContext): string {
  const name = members.text(TIMEZONE);
  // What is known without asking is not asked: it takes longer than reading all settings.
  if (name === undefined) return 'Etc/UTC';
  if (!isTimezone(name) && !findings.explains(TIMEZONE)) {
    findings.error(TIMEZONE, {
      code: 'timezone-unknown',
      message: 'is not a time zone that is known here',
      hint: 'Write a name of the IANA time zone database, such as Etc/UTC or Europe/Berlin.',
    });
  }
  return name;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function retry(context: DaemonContext): Settings['reconcile']['retry'] {
  const { members, findings } = context;
  const initialMs = durationMember(INITIAL, '5s', context);
  const maxMs = durationMember(MAX, '5m', context);
  // One that was refused has its finding, and nobody knows what it should have been.
  const isKnown = !findings.explains(INITIAL) && !findings.explains(MAX);
  if (isKnown && initialMs > maxMs) {
    const [pointer, message] = members.has(INITIAL)
      ? [INITIAL, 'is longer than reconcile.retry.max, which is 5m unless given']
      : [MAX, 'is shorter than reconcile.retry.initial, which is 5s unless given'];
    findings.error(pointer, {
      code: 'retry-limits-crossed',
      message,
      hint: 'Make reconcile.retry.initial the shorter one; they may be equal.',
    });
  }
  return { initialMs, maxMs };
}
