import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listening } from '../listening.ts';
import { daemonWorld, has, settle, startDaemon, textOf } from './daemon.ts';
import { expectSchema, FILES, worldInside, type World } from './harness.ts';

/** Settings that lead to no appliance, and to a daemon at that address; no secret can be read. */
async function bare(w: World, listen: string): Promise<string> {
  const settings = `appliance: { login: { password: !file nowhere } }\nhttp: { listen: ${listen}, token: !env NOT_SET }\n`;
  await writeFile(join(w.folder, 'bare.yaml'), settings);
  return 'bare.yaml';
}

const NOTHING = { SPS_URL: undefined, SPS_USERNAME: undefined, SPS_PASSWORD: undefined, SPS_CA: undefined };

async function answering(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => void response.writeHead(status).end(body));
  return `127.0.0.1:${await listening(server)}`;
}

test('0 while the daemon is ready, 1 while it is not, and what it says; no secret is needed', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  await w.commit('A commit to be told of');
  const daemon = startDaemon(w);
  const listen = textOf(await daemon.until('settings.loaded'), 'listen');
  await daemon.untilEnd(has({ outcome: 'applied' }));
  const options = { settings: await bare(w, listen), env: NOTHING };

  const ready = await w.run(['status'], options);
  expect(ready).toMatchObject({ code: 0, stderr: '' });
  expect(ready.stdout).toMatch(/^Ready: the last run ended applied \(Succeeded\)\n\nReady +True +Succeeded +since 20/);
  expect(ready.stdout).toMatch(/^Applied +[0-9a-f]{12} A Committer: A commit to be told of$/m);
  expect(ready.stdout).toMatch(/^Last run +applied, committed, Succeeded; by start, /m);
  const json = await w.run(['status', '--json'], options);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expectSchema('status', json.json());
  // What listens at every address is asked on this machine.
  const everywhere = { ...options, settings: await bare(w, listen.replace('127.0.0.1', '0.0.0.0')) };
  expect((await w.run(['status', '--live'], everywhere)).code).toBe(0);

  w.simulator.faults.add({ kind: 'status', status: 503, match: {}, times: 1000 });
  await settle(w, { http: { listen: '127.0.0.1:0' }, reconcile: { retry: { initial: '1h', max: '1h' } } });
  daemon.kill('SIGHUP');
  await daemon.untilEnd(has({ outcome: 'failed' }));
  const failed = await w.run(['status'], options);
  expect(failed).toMatchObject({ code: 1, stderr: '' });
  expect(failed.stdout).toMatch(/^Not ready: the last run ended failed \(TargetUnreachable\)\n/);
  expect(failed.stdout).toMatch(/^Next retry +20/m);
  const live = await w.run(['status', '--live', '--json'], options);
  expect([live.code, live.json()]).toEqual([0, { version: 1, live: true }]);
  expectSchema('status', live.json());
  await daemon.stop();

  for (const flags of [[], ['--live']]) {
    const gone = await w.run(['status', ...flags, '--json'], options);
    expect(gone).toMatchObject({ code: 1, stderr: '' });
    expectSchema('status', gone.json());
    expect(gone.json().error).toMatchObject({
      code: 'daemon-unreachable',
      message: `no daemon answers at http://${listen}: nobody listens there`,
    });
  }
});

test.each([
  ['null', /http\.listen is null[^]*next: set http\.listen/],
  ["'127.0.0.1:0'", /port 0: only the log[^]*next: set http\.listen/],
  [
    "'127.0.0.1:1'",
    /no daemon answers at http:\/\/127\.0\.0\.1:1: nobody listens there[^]*next: look whether the daemon runs/,
  ],
])('1 where no daemon can be asked: listen %s', async (listen, message) => {
  const w = await worldInside();
  for (const flags of [[], ['--live']]) {
    const result = await w.run(['status', ...flags], { settings: await bare(w, listen), env: NOTHING });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(message);
  }
});

test.each([
  [200, 'welcome'],
  [200, '{"version": 1}'],
  [200, '{"version": 2, "ready": true, "conditions": [], "live": "yes"}'],
  [200, '[]'],
  [404, '{"version": 1, "ready": true, "conditions": []}'],
  [200, `"${'x'.repeat(2_000_000)}"`],
])('1 where somebody else answers: %i %#', async (status, body) => {
  const w = await worldInside();
  const listen = await answering(status, body);
  for (const flags of [[], ['--live']]) {
    const result = await w.run(['status', ...flags], { settings: await bare(w, `'${listen}'`), env: NOTHING });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/no daemon/);
    expect(result.stderr).not.toContain('xxxx');
  }
});

test('3 where the settings are not valid', async () => {
  const w = await worldInside();
  const result = await w.run(['status'], { settings: await bare(w, '17') });
  expect(result).toMatchObject({ code: 3, stdout: '' });
  expect(result.stderr).toMatch(/wrong-type/);
});
