import type { DesiredState } from '../desired/desired-state.ts';
import { readLive } from '../live/read-live.ts';
import { brakesOf } from '../plan/guard.ts';
import { computePlan } from '../plan/plan.ts';
import { companionsOf } from '../plan/starling.ts';
import type { LiveResource } from '../plan/live-resource.ts';
import { WITHHELD } from '../shared/secret-book.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import type { ApplianceInfo } from '../sps/message.ts';
import { isSessionGone } from '../transaction/close-transaction.ts';
import { failureAt } from '../transaction/failure-at.ts';
import { collectDesiredSecrets, collectLiveSecrets } from './collect-secrets.ts';
import type { PlannedRun, Run } from './run.ts';
import { holdsFor } from './settled-plan.ts';

/** Text that is a value by its place is only withheld for secrets that cannot be in it by chance. */
const TELLING_LENGTH = 8;

/**
 * Reads what is managed and plans; never writes, never opens a transaction. A session that turns out to be gone is renewed
 * once. Throws with the row that is true; findings about the files are in the error.
 */
export async function planRun(run: Run): Promise<PlannedRun> {
  const { appliance, log, signal, secrets } = run;
  // Before the first request: its answer may repeat one of them.
  collectDesiredSecrets(run.desired.resources, run.registry, secrets);
  for (let lost = 0; ; lost += 1) {
    try {
      if (!appliance.hasSession) {
        await appliance.login(signal);
        log('session.opened');
      }
      return await readAndPlan(run);
    } catch (error) {
      if (!isSessionGone(error)) throw failureAt('read', error, secrets);
      appliance.forgetSession();
      if (lost > 0) throw sessionLostTwice();
    }
  }
}

/** The row for an appliance that keeps ending the session that it gave. */
export function sessionLostTwice(): SpsGitopsError {
  return new SpsGitopsError('authFailed', 'the appliance ended the session twice in the middle of the run', {
    hint: 'look for a session limit or another login of the same account',
  });
}

async function readAndPlan(run: Run): Promise<PlannedRun> {
  const { desired, registry, sealer, secrets, unknown, log, record, settled = null } = run;
  const { ahead } = record;
  // Only once: a run that begins anew has to see what moved.
  record.ahead = null;
  const info = await (ahead?.info ?? run.appliance.info(run.signal));
  const live = await readManaged(run, (await ahead?.live) ?? new Map());
  log('live.read', { resources: live.size });
  collectLiveSecrets(live, registry, secrets);
  const containsSecret = (text: string) => secrets.isSecretIn(text, TELLING_LENGTH);
  const plan =
    settled !== null && holdsFor(settled, live)
      ? settled.plan
      : computePlan(desired, live, registry, { sealer, unknown, containsSecret });
  const shownInfo = withheldInfo(info, run);
  const brakes = brakesOf(plan, info, run.limits).map((brake) => ({
    ...brake,
    message: secrets.isIn(brake.message) ? WITHHELD : brake.message,
  }));
  const planned = { plan, appliance: shownInfo, brakes, live };
  run.record.planned = planned;
  log('plan.computed', { planDigest: plan.digest, operations: plan.operations.length, unchanged: plan.unchanged });
  if (plan.misshapen.length > 0) throw misshapen(planned);
  if (plan.errors.length > 0) throw inputError(planned);
  return planned;
}

/** Everything that documents name, and what has to be known beside it. What was read early is of that, and not read again. */
async function readManaged(
  { desired, live: source, signal }: Run,
  early: ReadonlyMap<string, LiveResource>,
): Promise<ReadonlyMap<string, LiveResource>> {
  const late = managedBy(desired).filter((resource) => !early.has(resource));
  const live = new Map([...early, ...(await readLive(late, source, signal))]);
  const companions = companionsOf(desired.resources, live);
  if (companions.length === 0) return live;
  return new Map([...live, ...(await readLive(companions, source, signal))]);
}

/** The resources that documents name, each once. */
export function managedBy({ resources, collections }: DesiredState): readonly string[] {
  return [...new Set([...resources, ...collections].map(({ resource }) => resource))];
}

function misshapen({ plan }: PlannedRun): SpsGitopsError {
  const message = 'the appliance answered with values that make no sense, or that would be lost when sent back';
  const hint = 'compare with the REST guide of the firmware; take the resource out of the desired state meanwhile';
  return new SpsGitopsError('targetUnreachable', message, { details: { pointers: [...plan.misshapen] }, hint });
}

function inputError({ plan }: PlannedRun): SpsGitopsError {
  const [first] = plan.errors;
  const onlyUnsupported = plan.errors.every((finding) => finding.code === 'unsupported-by-firmware');
  const count = plan.errors.length;
  const message = onlyUnsupported
    ? 'the appliance lacks a resource that the files want'
    : `the desired state does not fit the appliance: ${count} ${count === 1 ? 'finding' : 'findings'}`;
  return new SpsGitopsError(onlyUnsupported ? 'unsupported' : 'inputInvalid', message, {
    ...(first === undefined ? {} : { code: first.code }),
    findings: plan.errors,
  });
}

/** What the appliance says of itself is text from outside like any other. */
function withheldInfo(info: ApplianceInfo, { secrets }: Run): ApplianceInfo {
  const shown = (text: string | null) => (text !== null && secrets.isIn(text) ? WITHHELD : text);
  return { ...info, hostname: shown(info.hostname), firmware: shown(info.firmware) };
}
