import { describe, expect, it } from 'vitest';
import { EVENTS, type EventName, type LogLevel } from '../../../src/log/events.ts';
import { createLogger, type LoggerOptions } from '../../../src/log/logger.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { Secret } from '../../../src/shared/secret.ts';

// The contract, section 8, written out.
const NAMES =
  `daemon.started daemon.stopping daemon.stopped settings.loaded settings.invalid trigger.received session.opened
  request.sent reconcile.started desired.loaded desired.invalid desired.uncommitted input.unstable live.read plan.computed
  plan.blocked transaction.opened operation.staged transaction.checked transaction.committed transaction.rolled_back
  transaction.recovered action.done appliance.locked appliance.unreachable drift.detected warning.raised
  reconcile.succeeded reconcile.failed retry.scheduled condition.changed`.split(/\s+/);

describe('the list of events', () => {
  it('is that of the contract', () => {
    expect(Object.keys(EVENTS).toSorted()).toEqual(NAMES.toSorted());
  });

  it('has a message of its own for each event, without anything to fill in', () => {
    const messages = Object.values(EVENTS).map((row) => row.msg);
    expect(new Set(messages).size).toBe(messages.length);
    for (const message of messages) expect(message).toMatch(/^[a-z][a-z ]+$/);
  });
});

describe('the fields of events', () => {
  const { logger } = capture({});
  const typed = logger as unknown as ReturnType<typeof createLogger>;

  it('are part of the list: the compiler refuses others, and what is missing', () => {
    typed.log('transaction.opened');
    // @ts-expect-error an event with fields is not logged without them
    typed.log('live.read');
    // @ts-expect-error of another type
    typed.log('live.read', { resources: 'many' });
    // @ts-expect-error a field that the event does not have
    typed.log('live.read', { resources: 1, more: 2 });
    // @ts-expect-error an event that is not in the list
    expect(() => typed.log('live.lost')).toThrow(TypeError);
  });
});

describe('a log in JSON', () => {
  it('is one object a line, written before the call returns', () => {
    const { lines, logger } = capture({});
    logger.log('plan.computed', { create: 1, nested: { a: [1, 'x', null] } });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    const entry = parse(lines[0]);
    expect(Object.keys(entry).toSorted()).toEqual(['create', 'event', 'level', 'msg', 'nested', 'time']);
    expect(entry).toMatchObject({
      level: 'info',
      event: 'plan.computed',
      msg: 'plan computed',
      create: 1,
      nested: { a: [1, 'x', null] },
    });
    expect(entry['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.now() - Date.parse(String(entry['time'])))).toBeLessThan(60_000);
  });

  it.each(Object.entries(EVENTS))('gives %s its level and message', (event, { level, msg }) => {
    const { lines, logger } = capture({ level: 'debug' });
    logger.log(event as EventName);
    const { time: _time, ...rest } = parse(lines[0]);
    expect(rest).toEqual({ level, event, msg });
  });

  it('binds the fields of a child, and of a child of it', () => {
    const { lines, logger } = capture({});
    const child = logger.child({ runId: 'r1' }).child({ commit: 'c1' });
    child.log('live.read', { durationMs: 5 });
    logger.log('live.read');
    expect(parse(lines[0])).toMatchObject({ runId: 'r1', commit: 'c1', durationMs: 5, event: 'live.read' });
    expect(parse(lines[1])).not.toHaveProperty('runId');
  });

  it('masks a secret wherever it stands', () => {
    const { lines, logger } = capture({});
    const secret = new Secret('planted') as unknown;
    const fields = { top: secret, deep: { list: [secret] }, err: secret } as JsonObject;
    logger.child(fields).log('live.read', fields);
    expect(lines[0]).not.toContain('planted');
    expect(parse(lines[0])).toMatchObject({ top: '(secret)', deep: { list: ['(secret)'] }, err: '(secret)' });
  });

  it('lets no field stand in for a member of the entry itself', () => {
    const { lines, logger } = capture({});
    logger.child({ event: 'x' }).log('live.read', { level: 'fatal', msg: 'other', time: 0 });
    expect(parse(lines[0])).toMatchObject({
      level: 'info',
      msg: 'live state read',
      event: 'live.read',
      level_: 'fatal',
    });
    expect(lines[0]?.match(/"event":/g)).toHaveLength(1);
  });

  it('keeps one line whatever the text', () => {
    const { lines, logger } = capture({});
    logger.log('warning.raised', { message: 'two\nlines\r\u2028and more' });
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
    expect(parse(lines[0])['message']).toBe('two\nlines\r\u2028and more');
  });
});

describe('the level', () => {
  it.each<[LogLevel, readonly LogLevel[]]>([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ])('%s lets through %j', (level, expected) => {
    const { lines, logger } = capture({ level });
    for (const event of ['request.sent', 'live.read', 'warning.raised', 'reconcile.failed'] as const) logger.log(event);
    expect(lines.map((line) => parse(line)['level'])).toEqual(expected);
    lines.splice(0);
    logger.child({ runId: 'r' }).log('request.sent');
    expect(lines).toHaveLength(level === 'debug' ? 1 : 0);
  });
});

describe('the pretty format', () => {
  it('shows time, level, event, message and fields, at once and without colour', () => {
    const { lines, logger } = capture({ format: 'pretty' });
    logger
      .child({ runId: 'r1' })
      .log('plan.computed', { create: 1, password: new Secret('planted') as unknown as string });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] INFO: plan\.computed: plan computed/);
    expect(lines[0]).toContain('"create":1');
    expect(lines[0]).toContain('"runId":"r1"');
    expect(lines[0]).not.toContain('planted');
    expect(lines[0]).not.toContain('\u001b[');
    expect(lines[0]?.endsWith('\n')).toBe(true);
  });

  it('is coloured when told to', () => {
    const { lines, logger } = capture({ format: 'pretty', colour: 'always' });
    logger.log('plan.computed');
    expect(lines[0]).toContain('\u001b[');
  });

  it.each([
    [true, false],
    [false, true],
    [undefined, true],
  ])('is what auto means when isTTY is %s: JSON is %s', (isTTY, isJson) => {
    const { lines, logger } = capture({ format: 'auto' }, isTTY);
    logger.log('live.read');
    expect(lines[0]?.startsWith('{')).toBe(isJson);
  });
});

/** The logger without the types of its fields: what is written must not depend on which they are. */
interface LooseLogger {
  log(event: EventName, fields?: JsonObject): void;
  child(fields: JsonObject): LooseLogger;
}

function capture(
  options: Partial<LoggerOptions>,
  isTTY?: boolean,
): { readonly lines: string[]; readonly logger: LooseLogger } {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line), ...(isTTY === undefined ? {} : { isTTY }) };
  const logger = createLogger({ level: 'info', format: 'json', colour: 'never', destination, ...options });
  return { lines, logger: logger as unknown as LooseLogger };
}

function parse(line: string | undefined): Record<string, unknown> {
  return JSON.parse(line ?? '') as Record<string, unknown>;
}
