import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { driftOf } from './entries.ts';
import { daemonWorld, SUPPORT, support, SUPPORT_BODY, type Step, type World } from './harness.ts';

const ALERTS = 'alerting/traffic_alerts';
const OFF = { email: false, snmp: false };

/** A document that wants these of the alerts by mail. */
function alerts(mail: Readonly<Record<string, boolean>>): string {
  const members = Object.entries(mail).map(([name, email]) => `  ${name}: { email: ${email} }\n`);
  return `resource: ${ALERTS}\nbody:\n${members.join('')}`;
}

/** Somebody changes alerts on the appliance itself. */
function changeAlerts({ simulator }: World, changes: Readonly<Record<string, JsonObject>>): void {
  const now = simulator.configuration(ALERTS) as JsonObject;
  simulator.setConfiguration(ALERTS, { ...now, ...changes });
}

function writes({ requests }: Step): readonly string[] {
  return requests.filter((request) => !request.startsWith('GET '));
}

describe('what moved outside of git', () => {
  test('is told with its pointers and put right', async () => {
    const world = await daemonWorld();
    await world.start();
    world.simulator.setConfiguration('management/support_info', {
      uri: { selection: 'url', value: 'https://elsewhere.example.com' },
    });
    const step = await world.tick();
    expect(driftOf(step)).toEqual(['management/support_info null: /uri/value']);
    expect(step.end).toMatchObject({ outcome: 'applied' });
    expect(world.simulator.configuration('management/support_info')).toEqual(SUPPORT_BODY);
    expect(world.conditions()).toEqual(['Ready']);
    expect(driftOf(await world.tick())).toEqual([]);
  });

  test('is told again when it happens again', async () => {
    const world = await daemonWorld();
    await world.start();
    for (let time = 0; time < 3; time += 1) {
      world.simulator.setConfiguration('management/support_info', { uri: null });
      expect(driftOf(await world.tick())).toHaveLength(1);
    }
  });

  test('is not drift where the files do not mention it', async () => {
    const world = await daemonWorld({ files: { 'alerts.yaml': alerts({ scbAuthFailure: true }) } });
    await world.start();
    changeAlerts(world, { scbAuthSuccess: { email: true, snmp: true } });
    const step = await world.tick();
    expect(driftOf(step)).toEqual([]);
    expect(step.end).toMatchObject({ outcome: 'in-sync' });
  });

  test('is not drift while nothing was verified', async () => {
    const world = await daemonWorld();
    world.simulator.setConfiguration('management/support_info', { uri: null });
    const step = await world.start();
    expect(driftOf(step)).toEqual([]);
    expect(step.end).toMatchObject({ outcome: 'applied' });
  });

  test('is not drift after a commit that was not as sent', async () => {
    const world = await daemonWorld({ simulator: { quirks: { normaliseAtCommit: () => ({ uri: null }) } } });
    expect((await world.start()).end).toMatchObject({ reason: 'NotIdempotent' });
    expect(driftOf(await world.ask())).toEqual([]);
  });
});

describe('a commit that is pending', () => {
  test('is no drift', async () => {
    const world = await daemonWorld();
    await world.start();
    await world.files({ 'support.yaml': support('other') });
    const step = await world.touch();
    expect(driftOf(step)).toEqual([]);
    expect(step.end).toMatchObject({ outcome: 'applied', trigger: 'file' });
    // Again, when nothing was read in between.
    await world.files({ 'support.yaml': SUPPORT, 'alerts.yaml': alerts({ scbAuthFailure: true }) });
    expect(driftOf(await world.touch())).toEqual([]);
  });

  test('is told apart in the same object', async () => {
    const world = await daemonWorld({
      files: { 'alerts.yaml': alerts({ scbAuthFailure: true, scbAuthSuccess: true }) },
    });
    await world.start();
    changeAlerts(world, { scbAuthSuccess: OFF });
    await world.files({
      'alerts.yaml': alerts({ scbAuthFailure: false, scbAuthSuccess: true, scbChannelDenied: true }),
    });
    const step = await world.touch();
    expect(driftOf(step)).toEqual([`${ALERTS} null: /scbAuthSuccess/email`]);
    expect(step.end).toMatchObject({ outcome: 'applied' });
  });

  test('and an outside change of the same place are drift', async () => {
    const world = await daemonWorld();
    await world.start();
    world.simulator.setConfiguration('management/support_info', { uri: null });
    await world.files({ 'support.yaml': support('other') });
    expect(driftOf(await world.touch())).toEqual(['management/support_info null: /uri']);
  });

  test('that asks for what somebody did already is nothing at all', async () => {
    const world = await daemonWorld();
    await world.start();
    world.simulator.setConfiguration('management/support_info', {
      uri: { selection: 'url', value: 'https://other.example.com' },
    });
    await world.files({ 'support.yaml': support('other') });
    const step = await world.touch();
    expect(driftOf(step)).toEqual([]);
    expect(step.end).toMatchObject({ outcome: 'in-sync' });
  });
});

describe('a list whose elements the appliance completes', () => {
  const SYSLOG = 'management/syslog';
  const wanting = (...hosts: readonly string[]) => ({
    'syslog.yaml': `resource: ${SYSLOG}\nbody: { servers: [ ${hosts.map((host) => `{ host: ${host} }`).join(', ')} ] }\n`,
  });

  async function written(...hosts: readonly string[]): Promise<World> {
    const complete = (path: string, body: Json): Json => {
      if (path !== SYSLOG) return body;
      const { servers } = body as { readonly servers: readonly JsonObject[] };
      return { servers: servers.map((server) => ({ port: 514, ...server })) };
    };
    const world = await daemonWorld({
      files: wanting(...hosts),
      simulator: { configuration: { [SYSLOG]: { servers: [] } }, quirks: { normaliseAtCommit: complete } },
    });
    expect((await world.start()).end).toMatchObject({ outcome: 'applied' });
    return world;
  }

  test('is no drift, also right after a commit', async () => {
    const world = await written('one', 'two');
    await world.files(wanting('one', 'three', 'four'));
    const step = await world.touch();
    expect(driftOf(step)).toEqual([]);
    expect(step.end).toMatchObject({ outcome: 'applied' });
  });

  test('is drift where somebody changed an element, or made one', async () => {
    const world = await written('one');
    await world.tick();
    world.simulator.setConfiguration(SYSLOG, {
      servers: [
        { host: 'one', port: 514 },
        { host: 'foreign', port: 514 },
      ],
    });
    expect(driftOf(await world.tick())).toEqual([`${SYSLOG} null: /servers/1`]);
    await world.tick();
    world.simulator.setConfiguration(SYSLOG, { servers: [{ host: 'other', port: 514 }] });
    expect(driftOf(await world.tick())).toEqual([`${SYSLOG} null: /servers/0/host`]);
  });
});

describe('what cannot be put right', () => {
  test('is told once while somebody holds the lock, and Drifted stays', async () => {
    const world = await daemonWorld();
    await world.start();
    world.simulator.setConfiguration('management/support_info', { uri: null });
    world.simulator.lock('alice');
    expect(driftOf(await world.tick())).toHaveLength(1);
    expect(driftOf(await world.tick())).toEqual([]);
    expect(world.conditions()).toEqual(['Reconciling', 'Blocked', 'Drifted']);
    world.simulator.lock(null);
    const step = await world.tick();
    expect(driftOf(step)).toEqual([]);
    expect(step.end).toMatchObject({ outcome: 'applied' });
    expect(world.conditions()).toEqual(['Ready']);
  });

  test('stays known while the appliance cannot be reached', async () => {
    const world = await daemonWorld();
    await world.start();
    world.simulator.setConfiguration('management/support_info', { uri: null });
    world.simulator.lock('alice');
    await world.tick();
    world.simulator.faults.add({ kind: 'wrong-shape', match: { path: '/api/info' }, times: 10 });
    await world.tick();
    expect(world.conditions()).toEqual(['Reconciling', 'Drifted']);
  });
});

describe('mode observe', () => {
  const OBSERVE = { settings: { reconcile: { mode: 'observe' } } } as const;
  const IN_SYNC = { simulator: { configuration: { 'management/support_info': SUPPORT_BODY } } };

  test('reports a pending commit and an outside change, and never writes', async () => {
    const world = await daemonWorld({
      ...OBSERVE,
      files: { 'support.yaml': SUPPORT, 'alerts.yaml': alerts({ scbAuthFailure: false }) },
      ...IN_SYNC,
    });
    expect((await world.start()).end).toMatchObject({ outcome: 'in-sync' });
    await world.files({ 'alerts.yaml': alerts({ scbAuthFailure: true }) });
    const pending = await world.touch();
    expect(pending.end).toMatchObject({ outcome: 'differences', transaction: 'none' });
    expect(driftOf(pending)).toEqual([]);
    expect(world.conditions()).toEqual(['Ready']);
    world.simulator.setConfiguration('management/support_info', { uri: null });
    const drifted = await world.tick();
    expect(drifted.end).toMatchObject({ outcome: 'differences' });
    expect(driftOf(drifted)).toEqual(['management/support_info null: /uri']);
    expect(world.conditions()).toEqual(['Ready', 'Drifted']);
    const later = await world.tick();
    expect(driftOf(later)).toEqual([]);
    expect(world.conditions()).toEqual(['Ready', 'Drifted']);
    world.simulator.setConfiguration('management/support_info', SUPPORT_BODY);
    await world.tick();
    expect(world.conditions()).toEqual(['Ready']);
    expect([pending, drifted, later].flatMap(writes)).toEqual([]);
    expect(world.simulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('announces a brake and does not fail for it', async () => {
    const world = await daemonWorld({ settings: { ...OBSERVE.settings, safety: { protect: ['management/**'] } } });
    const { end, entries } = await world.start();
    expect(end).toMatchObject({ outcome: 'differences' });
    expect(entries.find(({ event }) => event === 'plan.blocked')).toMatchObject({
      brakes: [{ message: expect.stringContaining('management/support_info') as string }],
    });
    expect(world.conditions()).toEqual(['Ready']);
  });

  test('needs no state directory, so that it runs beside a daemon that writes', async () => {
    const world = await daemonWorld({
      ...OBSERVE,
      settings: { ...OBSERVE.settings, state: { directory: '/proc/no' } },
    });
    expect((await world.start()).end).toMatchObject({ outcome: 'differences' });
  });
});
