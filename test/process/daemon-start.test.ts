import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { daemonWorld, has, settle, startDaemon } from './daemon.ts';
import { FILES, type World } from './harness.ts';

const SUPPORT = 'management/support_info';
const NEW = { uri: { selection: 'url', value: 'https://help.example.com' } };

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A way to the appliance by a port of its own, at which nobody listens until it is opened. */
async function closedWay(w: World): Promise<{ readonly url: string; open(): Promise<void> }> {
  const probe = createServer();
  const port = await listening(probe, 0);
  await new Promise((resolve) => probe.close(resolve));
  const way = createServer((near) => {
    const far = connect(Number(new URL(w.simulator.url).port), '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    onTestFinished(() => void near.destroy());
  });
  const open = async (): Promise<void> => {
    await listening(way, port);
    onTestFinished(() => void way.close());
  };
  return { url: `https://127.0.0.1:${port}`, open };
}

test('an appliance that cannot be reached at the start: retried until it can', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const way = await closedWay(w);
  const daemon = startDaemon(w, { env: { SPS_URL: way.url } });
  await daemon.until('appliance.unreachable');
  expect(await daemon.untilEnd()).toMatchObject({
    outcome: 'failed',
    reason: 'TargetUnreachable',
    transaction: 'none',
  });
  await daemon.until('condition.changed', has({ condition: 'Ready', status: 'False' }));
  expect(await daemon.until('retry.scheduled')).toMatchObject({ attempt: 1, reason: 'TargetUnreachable' });
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'retry', outcome: 'failed' });
  await way.open();
  expect(await daemon.until('reconcile.succeeded')).toMatchObject({ trigger: 'retry', outcome: 'applied' });
  await daemon.until('condition.changed', has({ condition: 'Ready', status: 'True' }));
  expect(w.simulator.configuration(SUPPORT)).toEqual(NEW);
  await daemon.stop();
});

test('files that are not valid at the start: told once with their places, reconciled when they are', async () => {
  const w = await daemonWorld({ 'support.yaml': 'resource: management/support_info\nbody: { uri: 17 }\n' });
  const daemon = startDaemon(w);
  const { findings } = await daemon.until('desired.invalid', has({ count: 1 }));
  expect(findings).toMatchObject([{ file: 'support.yaml', line: 2 }]);
  expect(await daemon.untilEnd()).toMatchObject({ reason: 'InputInvalid', transaction: 'none' });
  await daemon.until('condition.changed', has({ condition: 'Stalled', status: 'True' }));
  expect(w.simulator.requests).toEqual([]);
  await w.files({ 'support.yaml': FILES.support });
  expect(await daemon.until('reconcile.succeeded')).toMatchObject({ trigger: 'file', outcome: 'applied' });
  await daemon.stop();
});

test('a directory that is not there at the start, and comes', async () => {
  const w = await daemonWorld();
  await rm(join(w.folder, 'config'), { recursive: true });
  const daemon = startDaemon(w);
  expect(await daemon.untilEnd()).toMatchObject({ reason: 'InputInvalid', code: 'directory-missing' });
  await w.files({ 'support.yaml': FILES.support });
  expect(await daemon.until('reconcile.succeeded')).toMatchObject({ trigger: 'file', outcome: 'applied' });
  await daemon.stop();
});

test('settings that are not valid at the start: exit code 3, and one entry that says why', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  await settle(w, { reconcile: { quietPeriod: 'a moment', modus: 'enforce' } });
  const daemon = startDaemon(w);
  const { code, last } = await daemon.ended();
  expect(code).toBe(3);
  expect(daemon.entries.map(({ event }) => event)).toEqual(['settings.invalid']);
  const file = join(w.folder, 'sps-gitops.yaml');
  expect(last['findings']).toMatchObject([
    { pointer: '/reconcile/quietPeriod', file },
    { pointer: '/reconcile/modus', file },
  ]);
  expect(w.simulator.requests).toEqual([]);
});

test('run --simulate makes a sandbox, applies an edit in it, keeps it, and leaves nothing behind', async () => {
  const w = await daemonWorld();
  const temporary = join(w.folder, 'given/temporary');
  await mkdir(temporary, { recursive: true });
  // Nothing but what an empty folder offers.
  await rm(join(w.folder, 'sps-gitops.yaml'));
  const none = { SPS_URL: undefined, SPS_CA: undefined, SPS_DESIRED_STATE: undefined, SPS_STATE: undefined };
  const options = {
    args: ['--simulate'],
    env: { ...none, SPS_USERNAME: undefined, SPS_PASSWORD: undefined, TOKEN: undefined, TMPDIR: temporary },
  };
  const file = join(w.folder, 'sandbox', 'management/support_info.yaml');
  const edited = FILES.support.replace('help.example.com', 'edited.example.com');

  // That of the example, which the program makes up for itself.
  w.scan.mark('token', 'a-token-for-the-sandbox');
  const daemon = startDaemon(w, options);
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'start', outcome: 'applied', commit: null });
  expect(await readdir(temporary)).not.toEqual([]);
  await writeFile(file, edited);
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'file', outcome: 'applied', staged: 1 });
  await daemon.stop();
  expect(await readdir(temporary)).toEqual([]);

  const again = startDaemon(w, options);
  expect(await again.untilEnd()).toMatchObject({ trigger: 'start', outcome: 'applied' });
  await again.stop();
  expect(await readFile(file, 'utf8')).toBe(edited);
  expect(existsSync(join(w.folder, '.sps-gitops'))).toBe(false);
  expect(await readdir(temporary)).toEqual([]);
});
