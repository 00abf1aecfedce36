import { ACTIONS } from '../plan/operation.ts';
import type { Plan } from '../plan/plan.ts';
import { shownOperation } from '../plan/show-operation.ts';
import type { Sealer } from '../plan/seal.ts';
import type { Revision } from '../desired/desired-state.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import type { SecretBook } from '../shared/secret-book.ts';
import type { ApplianceInfo } from '../sps/message.ts';

/** What a plan is reported with. */
export interface PlanFacts {
  readonly plan: Plan;
  readonly revision: Revision;
  readonly appliance: ApplianceInfo;
  readonly url: string;
  /** Beyond the plan's own. */
  readonly warnings: readonly Diagnostic[];
  readonly sealer: Sealer;
  readonly secrets: SecretBook;
}

/** The plan as `plan --json` prints it and `--out` saves it: version 1, without a secret. */
export function planDocument(facts: PlanFacts): JsonObject {
  const { plan, appliance, url, sealer, secrets } = facts;
  return {
    version: 1,
    digest: plan.digest,
    inSync: plan.operations.length === 0 && plan.errors.length === 0,
    revision: revisionDocument(facts.revision, secrets),
    appliance: { url, hostname: appliance.hostname, firmware: appliance.firmware, configHash: appliance.configHash },
    summary: planSummary(plan),
    operations: plan.operations.map((operation) => {
      const { action, resource, name, href, ...rest } = shownOperation(operation, sealer);
      const { file, line } = operation.source;
      return { action, resource, name, href, source: { file, line }, ...rest } as JsonObject;
    }),
    warnings: [...plan.warnings, ...facts.warnings].map(warningDocument),
  };
}

/** How many operations of each kind, and how many resources that need nothing. */
export function planSummary(plan: Plan): Readonly<Record<(typeof ACTIONS)[number] | 'unchanged', number>> {
  const count = (action: string) => plan.operations.filter((operation) => operation.action === action).length;
  const counts = Object.fromEntries(ACTIONS.map((action) => [action, count(action)]));
  return { ...counts, unchanged: plan.unchanged } as ReturnType<typeof planSummary>;
}

/** The revision as reports show it; a subject or author that holds a secret of the run is withheld. */
export function revisionDocument(revision: Revision, secrets: SecretBook): JsonObject {
  const { commit, dirty, digest } = revision;
  return {
    commit,
    subject: secrets.withhold(revision.subject),
    author: secrets.withhold(revision.author),
    dirty,
    digest,
  };
}

/** A warning as reports show it. */
export function warningDocument({ code, message, position }: Diagnostic): Json {
  return position === undefined ? { code, message } : { code, message, file: position.file, line: position.line };
}
