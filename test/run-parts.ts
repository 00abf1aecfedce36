import { performance } from 'node:perf_hooks';
import type { DesiredState } from '../src/desired/desired-state.ts';
import { Sealer } from '../src/plan/seal.ts';
import { newRecord, type Run } from '../src/reconcile/run.ts';
import { SecretBook } from '../src/shared/secret-book.ts';
import { Secret } from '../src/shared/secret.ts';
import { DEFAULT_PASSWORD, DEFAULT_USERNAME } from '../src/simulator/simulator.ts';
import { ApplianceError } from '../src/sps/appliance-error.ts';
import { Appliance, type ApplianceOptions } from '../src/sps/appliance.ts';
import { realRegistry } from './resource-schemas.ts';
import { SOURCES } from './unit/plan/parts.ts';

/** The id of every run of these tests. */
export const RUN_ID = '0'.repeat(32);

const registry = realRegistry();

/** A client for a simulator's user, four requests at once, that asks again after a moment; whoever asks for it closes it. */
export function clientFor(options: Pick<ApplianceOptions, 'url' | 'ca'> & Partial<ApplianceOptions>): Appliance {
  return new Appliance({
    verify: true,
    login: {
      kind: 'password',
      username: DEFAULT_USERNAME,
      password: new Secret(DEFAULT_PASSWORD),
      method: undefined,
    },
    concurrency: 4,
    timeoutMs: 5000,
    commitTimeoutMs: 5000,
    userAgent: 'sps-gitops/0.0.0',
    retryDelaysMs: [1, 2],
    ...options,
  });
}

/** A desired state outside of git. */
export function desiredState({
  resources,
  collections,
}: Pick<DesiredState, 'resources' | 'collections'>): DesiredState {
  return {
    revision: { commit: null, subject: null, author: null, dirty: false, digest: `sha256:${'0'.repeat(64)}` },
    resources,
    collections,
    sources: SOURCES,
    warnings: [],
  };
}

/** A run of that client, of which only what a test is about has to be said: nothing is protected, and nobody ends it. */
export function runOf(
  appliance: Appliance,
  parts: Pick<Run, 'desired' | 'log' | 'commitTimeoutMs' | 'closeTimeoutMs'> & Partial<Run>,
): Run {
  const secrets = new SecretBook();
  secrets.add(DEFAULT_PASSWORD);
  return {
    id: RUN_ID,
    registry,
    appliance,
    live: {
      reader: appliance,
      isNotFound: (error) => error instanceof ApplianceError && error.status === 404,
      registry,
      concurrency: 4,
    },
    limits: { maxDeletes: 5, maxChangeRatio: 1, protect: [], allow: [], expectHostname: null },
    commitTemplate: 'sps-gitops {plan12}',
    sealer: new Sealer(new Uint8Array(32).fill(7)),
    secrets,
    unknown: 'hide',
    record: newRecord(),
    signal: new AbortController().signal,
    clock: () => performance.now(),
    ...parts,
  };
}
