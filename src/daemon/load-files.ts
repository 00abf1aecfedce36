import type { DesiredState } from '../desired/desired-state.ts';
import type { EventLog } from '../log/events.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { invalidInput } from '../shared/invalid-input.ts';
import { sleep } from '../shared/sleep.ts';

/** What the files came to. */
interface Loaded {
  /** Null with findings that say why. */
  readonly state: DesiredState | null;
  readonly findings: readonly Diagnostic[];
  /** The commit that was read, also where it is not valid; null without one. */
  readonly commit: string | null;
}

/** Where the desired state comes from. */
export interface DesiredStateSource {
  /** Throws `inputUnstable` while the files move. */
  load(signal: AbortSignal): Promise<Loaded>;
}

/** The desired state, or the `inputInvalid` with all findings for which there is none. */
export type LoadedFiles =
  | { readonly state: DesiredState }
  | { readonly state: null; readonly error: SpsGitopsError; readonly commit: string | null };

const LOAD_ATTEMPTS = 4;
const LOAD_PAUSE_MS = 250;

/** Loads the files; while they move, again, a few times. Throws what keeps them from being read at all. */
export async function loadFiles(source: DesiredStateSource, log: EventLog, signal: AbortSignal): Promise<LoadedFiles> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { state, findings, commit } = await source.load(signal);
      return state === null
        ? { state, error: invalidInput('the desired state is not valid', findings), commit }
        : { state };
    } catch (error) {
      const isUnstable = error instanceof SpsGitopsError && error.failure === 'inputUnstable';
      if (!isUnstable || attempt === LOAD_ATTEMPTS) throw error;
      log('input.unstable', { attempt, message: error.message });
      await sleep(LOAD_PAUSE_MS * attempt, signal);
    }
  }
}
