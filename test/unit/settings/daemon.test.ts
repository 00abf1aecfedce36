import { describe, expect, it } from 'vitest';
import { codes, eachInItsFolder, load, PLANTED, write } from './harness.ts';

eachInItsFolder();

async function withReconcile(text: string, environment: Readonly<Record<string, string>> = {}) {
  await write('sps-gitops.yaml', `reconcile:\n  ${text}\n`);
  return load({ needs: 'files', environment });
}

describe('the schedule', () => {
  it.each([
    '* * * * *',
    '*/5 * * * *',
    '30 */5 * * * *',
    '0 22-2 * * mon-fri',
    '0 0 L * *',
    '0 0 ? jan 7',
    '@hourly',
    '0 0 29 2 *',
    ' 0  0 * * * ',
  ])('may be %j', async (expression) => {
    const { settings, findings } = await withReconcile(`schedule: "${expression}"`);
    expect(findings).toEqual([]);
    expect(settings?.reconcile.schedule).toBe(expression);
  });

  it.each([
    ['60 * * * *', 'the minute'],
    ['* 24 * * *', 'the hour'],
    ['61 * * * * *', 'the second'],
    ['* * 32 13 *', 'the day of the month and the month'],
    ['* * * * 9', 'the day of the week'],
    ['*/0 * * * *', 'the minute'],
    ['0 0 30 2 *', 'the day of the month'],
    ['* * * *', 'the number of its fields'],
    ['* * * * * * *', 'the number of its fields'],
    ['@reboot', 'a character'],
    ['every minute', 'the number of its fields'],
    ['0-99999999999 * * * *', 'more than three digits'],
    ['0 0 15 * 1#1', 'never comes'],
    ['0 0 L-30 2 *', 'never comes'],
  ])('cannot be %j: %s', async (expression, reason) => {
    const { settings, findings } = await withReconcile(`schedule: "${expression}"`);
    expect(settings).toBeNull();
    expect(findings).toMatchObject([
      {
        severity: 'error',
        code: 'schedule-malformed',
        pointer: '/reconcile/schedule',
        position: { line: 2, column: 13 },
        message: expect.stringContaining(reason) as string,
        hint: expect.stringContaining('"*/5 * * * *"') as string,
      },
    ]);
  });

  it('is not shown, wherever it comes from', async () => {
    const loaded = await withReconcile('schedule: !env SCHEDULE\n  timezone: !env ZONE', {
      SCHEDULE: `${PLANTED} * * * *`,
      ZONE: PLANTED,
    });
    expect(codes(loaded)).toEqual(['schedule-malformed', 'timezone-unknown']);
    expect(JSON.stringify(loaded.findings)).not.toContain(PLANTED);
  });

  it('without its quotes is no YAML, and that is all that is said', async () => {
    const { findings } = await withReconcile('schedule: */5 * * * *');
    expect(new Set(findings.map(({ code, position }) => `${position?.line} ${code}`))).toEqual(
      new Set(['2 yaml-syntax']),
    );
    expect(findings[0]?.message).toContain('quote');
  });

  it('that is no text, or empty, is the matter of the schema', async () => {
    expect(codes(await withReconcile('schedule: 5'))).toEqual(['wrong-type']);
    expect(codes(await withReconcile('schedule: ""'))).toEqual(['wrong-value']);
    expect(codes(await withReconcile('schedule: !env UNSET'))).toEqual(['env-unset']);
  });
});

describe('the time zone', () => {
  it.each(['UTC', 'Etc/UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu'])('may be %s', async (name) => {
    const { settings, findings } = await withReconcile(`timezone: ${name}`);
    expect(findings).toEqual([]);
    expect(settings?.reconcile.timezone).toBe(name);
  });

  it.each(['Europe/Berlni', 'Mars/Olympus', 'local'])('cannot be %s', async (name) => {
    const { findings } = await withReconcile(`timezone: ${name}`);
    expect(findings).toMatchObject([
      {
        severity: 'error',
        code: 'timezone-unknown',
        pointer: '/reconcile/timezone',
        position: { line: 2, column: 13 },
        message: 'reconcile.timezone is not a time zone that is known here',
        hint: expect.stringContaining('Europe/Berlin') as string,
      },
    ]);
  });
});

describe('the durations', () => {
  it.each(['quietPeriod', 'poll', 'fullReadInterval', 'retry: { initial', 'retry: { max'])(
    'of %s are above zero',
    async (member) => {
      const { findings } = await withReconcile(`${member}: 0s${member.includes('{') ? ' }' : ''}`);
      expect(findings).toMatchObject([
        {
          severity: 'error',
          code: 'out-of-range',
          position: { line: 2 },
          message: expect.stringContaining('longer than nothing') as string,
        },
      ]);
    },
  );

  it.each([
    ['{ initial: 2m, max: 1m }', '/reconcile/retry/initial', 'is longer than reconcile.retry.max'],
    ['{ initial: 6m }', '/reconcile/retry/initial', 'is longer than reconcile.retry.max, which is 5m unless given'],
    ['{ max: 4s }', '/reconcile/retry/max', 'is shorter than reconcile.retry.initial, which is 5s unless given'],
  ])('of the retries do not cross: %s', async (retry, pointer, message) => {
    const { findings } = await withReconcile(`retry: ${retry}`);
    expect(findings).toMatchObject([{ severity: 'error', code: 'retry-limits-crossed', pointer }]);
    expect(findings[0]?.message).toContain(message);
    expect(findings[0]?.position?.line).toBe(2);
    expect(findings[0]?.hint).toContain('equal');
  });

  it('of the retries are not compared while one of them is not known', async () => {
    expect(codes(await withReconcile('retry: { initial: !env UNSET, max: 1s }'))).toEqual(['env-unset']);
    expect(codes(await withReconcile('retry: { initial: 0s, max: 1s }'))).toEqual(['out-of-range']);
    expect(codes(await withReconcile('retry: { initial: 1h, max: soon }'))).toEqual(['wrong-value']);
  });
});
