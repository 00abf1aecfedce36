import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { DesiredState } from '../desired/desired-state.ts';
import type { EventLog } from '../log/events.ts';
import type { LiveMemory } from '../live/live-memory.ts';
import type { LiveSource } from '../live/read-live.ts';
import { Sealer } from '../plan/seal.ts';
import { newRecord, type Run } from '../reconcile/run.ts';
import type { SettledPlan } from '../reconcile/settled-plan.ts';
import type { Registry } from '../resources/resource-type.ts';
import type { Settings } from '../settings/settings.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { SecretBook } from '../shared/secret-book.ts';
import type { Secret } from '../shared/secret.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import type { ApplianceOptions, RequestReport } from '../sps/appliance-options.ts';
import { Appliance } from '../sps/appliance.ts';
import { basicCredentials } from '../sps/basic-credentials.ts';
import { openJournal } from '../transaction/journal.ts';
import { recoverTransaction } from '../transaction/recover-transaction.ts';

/** A client of the appliance, and the secrets by which text from it is told that may not be shown. */
export interface Connection {
  readonly appliance: Appliance;
  /** Another client of the same appliance, which goes on with a session that an earlier process left. */
  readonly resume: (session: Secret<string>) => Appliance;
  readonly secrets: SecretBook;
  readonly url: string;
}

/** What a connection is made with beside the settings. */
export interface ConnectionParts {
  /** The program's version, for the User-Agent. */
  readonly version: string;
  readonly onRequest: (report: RequestReport) => void;
}

/** A connection to the appliance of the settings; nothing is sent yet. The caller closes the appliance. */
export function connect(settings: Settings, { version, onRequest }: ConnectionParts): Connection {
  const { url, tls, login, requests } = applianceOf(settings);
  const secrets = new SecretBook();
  secrets.add(login.kind === 'password' ? login.password.reveal() : login.key.reveal());
  // An error page may echo the header that the password went out in.
  if (login.kind === 'password') secrets.add(basicCredentials(login.username, login.password).reveal());
  const options: ApplianceOptions = {
    url,
    ca: tls.ca,
    verify: tls.verify,
    login,
    ...requests,
    userAgent: `sps-gitops/${version}`,
    onSession: (session) => secrets.add(session.reveal()),
    onRequest,
  };
  const resume = (session: Secret<string>): Appliance => {
    const left = new Appliance(options);
    left.resume(session);
    return left;
  };
  return { appliance: new Appliance(options), resume, secrets, url };
}

/** What one run on a connection is made of. */
export interface RunOnParts {
  /** 32 hex digits. */
  readonly id: string;
  readonly desired: DesiredState;
  readonly registry: Registry;
  readonly unknown: 'hide' | 'show';
  /** See `Run`. */
  readonly settled?: SettledPlan | null;
  /** Of what is read on the connection; nothing is remembered unless given. */
  readonly readings?: LiveMemory;
  readonly log: EventLog;
  readonly signal: AbortSignal;
}

/** One run on a connection. */
export function runOn({ appliance, secrets, url }: Connection, settings: Settings, given: RunOnParts): Run {
  const { readings, ...parts } = given;
  const { expectHostname, requests } = applianceOf(settings);
  return {
    ...parts,
    record: newRecord(),
    appliance,
    live: liveSource(appliance, settings, parts.registry, readings),
    limits: { ...settings.safety, expectHostname },
    commitTemplate: settings.commit.message,
    commitTimeoutMs: requests.commitTimeoutMs,
    // One DELETE and one look at the status may each take the whole time of a request, GETs three times over.
    closeTimeoutMs: requests.timeoutMs * 4 + 10_000,
    sealer: new Sealer(randomBytes(32)),
    secrets,
    journal: openJournal(settings.state.directory, {
      url,
      runId: parts.id,
      commit: parts.desired.revision.commit,
      session: () => appliance.session,
    }),
    clock: () => performance.now(),
  };
}

/** How the live configuration is read. */
export function liveSource(
  appliance: Appliance,
  settings: Settings,
  registry: Registry,
  readings?: LiveMemory,
): LiveSource {
  const isNotFound = (error: unknown) => error instanceof ApplianceError && error.status === 404;
  const { concurrency } = applianceOf(settings).requests;
  const source = { reader: appliance, isNotFound, registry, concurrency };
  return readings === undefined ? source : { ...source, memory: readings };
}

/**
 * Closes what a killed process left open; to be called with the writer lock, before the run. Gives the warnings about what
 * may still be open.
 */
export async function recoverLeft(
  { url, resume }: Connection,
  settings: Settings,
  { secrets, closeTimeoutMs, log, signal }: Run,
): Promise<readonly Diagnostic[]> {
  const stateDirectory = settings.state.directory;
  const parts = { stateDirectory, url, makeAppliance: resume, secrets, closeTimeoutMs, log };
  return (await recoverTransaction(parts, signal)).warnings;
}

/** An id by which the log entries of one run are found. */
export function newRunId(): string {
  return randomBytes(16).toString('hex');
}

function applianceOf(settings: Settings): NonNullable<Settings['appliance']> {
  if (settings.appliance === null) throw new Error('a run needs the settings of an appliance');
  return settings.appliance;
}
