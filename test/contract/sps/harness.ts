import { expect, onTestFinished } from 'vitest';
import { ApplianceError } from '../../../src/sps/appliance-error.ts';
import { Appliance, type ApplianceOptions } from '../../../src/sps/appliance.ts';
import type { Reading } from '../../../src/sps/message.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { startServer, type ScriptedServer, type Step } from './scripted-server.ts';

/** The password of every test; no error may show it. */
export const PASSWORD = 'pass-Wörd-7351';

/** A signal that nobody aborts. */
export const calm: AbortSignal = new AbortController().signal;

/** A client for an url; closed after the test. */
export function client(url: string, options: Partial<ApplianceOptions> = {}): Appliance {
  const appliance = new Appliance({
    url,
    ca: undefined,
    verify: true,
    login: { kind: 'password', username: 'gitops', password: new Secret(PASSWORD), method: undefined },
    concurrency: 2,
    timeoutMs: 20_000,
    commitTimeoutMs: 40_000,
    userAgent: 'sps-gitops/0.0.0',
    retryDelaysMs: [1, 2],
    ...options,
  });
  onTestFinished(() => appliance.close());
  return appliance;
}

/** A scripted server that must be used exactly as scripted, and a client that trusts it. */
export async function scripted(
  steps: readonly Step[],
  options: Partial<ApplianceOptions> = {},
): Promise<{ server: ScriptedServer; appliance: Appliance }> {
  const server = await startServer(steps);
  onTestFinished(async () => {
    await server.stop();
    expect(server.complaints()).toEqual([]);
  });
  return { server, appliance: client(server.url, { ca: server.ca, ...options }) };
}

/** What a configuration endpoint answers. */
export async function read(appliance: Appliance, path: string, signal: AbortSignal): Promise<Reading> {
  return (await appliance.fetch(path, signal)).reading();
}

/** The error of a call that must fail with one of ours, free of secrets and stack traces in all that it says. */
export async function failure(call: Promise<unknown>): Promise<ApplianceError> {
  const error: unknown = await call.then(
    () => new Error('the call was expected to fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplianceError)) throw error;
  expect(`${error.message} ${error.hint ?? ''} ${JSON.stringify(error.details)}`).not.toContain(PASSWORD);
  expect(error.message).not.toMatch(/\n|\bat .*\.(?:js|ts):/);
  return error;
}
