import { SpsGitopsError } from '../shared/errors.ts';
import { LOGIN_PAUSE_MS, type Memory } from './memory.ts';

/** What the daemon asks of the appliance beside a run. */
export interface ApplianceGlance {
  readonly hasSession: boolean;
  /** Sent so far, by method. */
  readonly requests: Readonly<Record<string, number>>;
  login(signal: AbortSignal): Promise<void>;
  forgetSession(): void;
  info(signal: AbortSignal): Promise<{ readonly configHash: string | null }>;
}

/** What a look is taken with. */
interface GlanceParts {
  readonly appliance: ApplianceGlance;
  readonly memory: Memory;
  /** Monotonic, in ms. */
  readonly clock: () => number;
}

/** `config_hash` as it is now, by one request in the session that there is; null when it cannot be told. */
export async function hashNow(
  { appliance }: Pick<GlanceParts, 'appliance'>,
  signal: AbortSignal,
): Promise<string | null> {
  return appliance.hasSession ? hashIn(appliance.info(signal)) : null;
}

/** The hash in an answer that is under way; null when it cannot be told. */
export async function hashIn(info: ReturnType<ApplianceGlance['info']>): Promise<string | null> {
  try {
    return (await info).configHash;
  } catch {
    // Whatever is wrong, the next run finds it too and says so.
    return null;
  }
}

/**
 * The same of an appliance that is known to have a hash: where the session has ended, in a new one. A login that is refused
 * puts off the next one.
 */
export async function hashAgain(parts: GlanceParts, signal: AbortSignal): Promise<string | null> {
  const { appliance, memory, clock } = parts;
  const hash = await hashNow(parts, signal);
  if (hash !== null) return hash;
  if (clock() < memory.loginGate) return null;
  try {
    await appliance.login(signal);
  } catch (error) {
    if (isRefusal(error)) memory.loginGate = clock() + LOGIN_PAUSE_MS;
    return null;
  }
  return hashNow(parts, signal);
}

function isRefusal(error: unknown): boolean {
  return error instanceof SpsGitopsError && (error.failure === 'authFailed' || error.failure === 'forbidden');
}
