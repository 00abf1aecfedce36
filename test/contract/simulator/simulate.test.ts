import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { simulate } from '../../../src/commands/simulate.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { listenOnLoopback } from '../../../src/simulator/tracked-server.ts';
import { ask, basic } from './client.ts';

interface Run {
  readonly output: Promise<string>;
  readonly exit: Promise<number>;
  readonly stop: () => void;
}

async function run(controlPort: number | null): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  const controller = new AbortController();
  const file = join(folder, "ca's.pem");
  let exit: Promise<number> = Promise.resolve(-1);
  const output = new Promise<string>((resolve, reject) => {
    exit = simulate(
      { profile: '8.0', port: 0, controlPort },
      {
        stdout: resolve,
        signal: controller.signal,
        writeCa: async (pem) => {
          await writeFile(file, pem);
          return file;
        },
      },
    );
    exit.catch(reject);
  });
  onTestFinished(async () => {
    controller.abort();
    await exit;
    await rm(folder, { recursive: true });
  });
  return { output, exit, stop: () => controller.abort() };
}

function variable(output: string, name: string): string {
  const value = new RegExp(`^export ${name}='(.*)'$`, 'm').exec(output)?.[1] ?? '';
  return value.replaceAll(String.raw`'\''`, "'");
}

it('prints what is needed to log in, and ends with 0 at the signal', async () => {
  const { output, exit, stop } = await run(0);
  const text = await output;
  const caPem = await readFile(variable(text, 'SPS_CA'), 'utf8');
  const reached = { url: variable(text, 'SPS_URL'), caPem };
  const headers = basic(variable(text, 'SPS_USERNAME'), variable(text, 'SPS_PASSWORD'));
  expect((await ask(reached, 'GET', '/api/authentication', { headers })).status).toBe(200);
  const controlUrl = /^Control interface: (.+)$/m.exec(text)?.[1] ?? '';
  expect((await fetch(`${controlUrl}/state`)).status).toBe(200);
  stop();
  expect(await exit).toBe(0);
  await expect(ask(reached, 'GET', '/api/info')).rejects.toThrow('ECONNREFUSED');
});

it('says nothing of a control interface that is not there', async () => {
  const { output } = await run(null);
  expect(await output).not.toContain('Control interface');
});

it('names a port that is taken', async () => {
  const taken = await listenOnLoopback(createServer(), 0);
  onTestFinished(() => taken.stop());
  const io = { stdout: () => undefined, signal: AbortSignal.abort(), writeCa: () => Promise.resolve('ca.pem') };
  for (const ports of [
    { port: taken.port, controlPort: null },
    { port: 0, controlPort: taken.port },
  ]) {
    const failure = await simulate({ profile: '7.5', ...ports }, io).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SpsGitopsError);
    expect(failure).toMatchObject({ code: 'port-unavailable' });
  }
});
