import picomatch from 'picomatch';
import { isObject } from '../shared/json.ts';
import { CUT_OFF_PATHS } from './cut-off.ts';
import { titleOf, type Operation } from './operation.ts';
import type { Plan } from './plan.ts';
import { STARLING_PAGE } from './plan-findings.ts';

/** The limits of the settings' `safety` section, and which appliance is meant. */
export interface GuardLimits {
  readonly maxDeletes: number;
  /** 0 to 1, of the managed objects that exist live. */
  readonly maxChangeRatio: number;
  /** Globs over resource paths that no plan may touch. */
  readonly protect: readonly string[];
  /** Globs over resource paths whose danger is accepted. */
  readonly allow: readonly string[];
  readonly expectHostname: string | null;
}

/** The appliance, as far as the guard cares. */
export interface GuardedAppliance {
  readonly hostname: string | null;
  readonly roles: readonly string[];
}

/** One reason not to apply a plan. */
export interface Brake {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** With fewer managed objects than this a ratio says nothing. */
const RATIO_NEEDS = 10;

/** Every brake that the plan sets off; none when nothing would change. */
export function brakesOf(plan: Plan, appliance: GuardedAppliance, limits: GuardLimits): readonly Brake[] {
  if (plan.operations.length === 0) return [];
  return [
    ...wrongAppliance(appliance, limits),
    ...managedHost(appliance),
    ...protectedResources(plan, limits),
    ...cuttingOff(plan, limits),
    ...irreversible(plan, limits),
    ...tooManyDeletes(plan, limits),
    ...tooMuchChange(plan, limits),
  ];
}

function wrongAppliance(appliance: GuardedAppliance, limits: GuardLimits): readonly Brake[] {
  const { expectHostname } = limits;
  if (expectHostname === null || appliance.hostname === expectHostname) return [];
  const name = appliance.hostname ?? 'not told';
  return [
    {
      code: 'unexpected-hostname',
      message: `the appliance's host name is ${name}, the settings expect ${expectHostname}`,
      hint: 'check appliance.url, or correct appliance.expectHostname',
    },
  ];
}

/** A managed host takes its configuration from the central management node, which would undo the change. core.md §11.3. */
function managedHost(appliance: GuardedAppliance): readonly Brake[] {
  if (!appliance.roles.includes('managed-host') || appliance.roles.includes('central-management')) return [];
  return [
    {
      code: 'managed-host',
      message: 'the appliance is a managed host of a cluster: its central management node would undo the change',
      hint: 'point appliance.url at the central management node',
    },
  ];
}

function protectedResources(plan: Plan, limits: GuardLimits): readonly Brake[] {
  const isProtected = matcher(limits.protect);
  const hit = plan.operations.filter((operation) => pathsOf(operation).some(isProtected));
  return [...new Set(hit.map(titleOf))].map((title) => ({
    code: 'protected',
    message: `${title} is protected and the plan would change it`,
    hint: 'take the change back, or take the resource out of safety.protect',
  }));
}

/** How globs may mean an object: by its resource, and a member by its name, by both of them where it is renamed. */
function pathsOf({ resource, name, comparison }: Operation): readonly string[] {
  if (name === null) return [resource];
  const { live } = comparison;
  const given = isObject(live) ? live['name'] : undefined;
  const names = typeof given === 'string' ? [name, given] : [name];
  return [resource, ...names.flatMap((one) => memberPaths(resource, one))];
}

/** A name may be written as it is, and is one step of the path whatever it holds: `*` means it too. */
function memberPaths(resource: string, name: string): readonly string[] {
  const step = name.replaceAll('/', '%2F').replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%2E'));
  return [`${resource}/${name}`, `${resource}/${step}`];
}

function cuttingOff(plan: Plan, limits: GuardLimits): readonly Brake[] {
  const isDangerous = matcher(CUT_OFF_PATHS);
  const isAllowed = matcher(limits.allow);
  return resourcesOf(plan)
    .filter((resource) => isDangerous(resource) && !isAllowed(resource))
    .map((resource) => ({
      code: 'may-cut-off',
      message: `a change of ${resource} can lock this program, or everybody, out of the appliance`,
      hint: `if it is meant, list ${resource} in safety.allow`,
    }));
}

/** What no later run can take back. */
function irreversible(plan: Plan, limits: GuardLimits): readonly Brake[] {
  const isAllowed = matcher(limits.allow);
  return plan.operations
    .filter(({ action, resource }) => action === 'action' && !isAllowed(resource))
    .map(({ resource }) => ({
      code: 'irreversible',
      message: `the plan leaves Starling; joining again needs a person on the web UI: ${STARLING_PAGE}`,
      hint: `if it is meant, list ${resource} in safety.allow`,
    }));
}

function tooManyDeletes(plan: Plan, limits: GuardLimits): readonly Brake[] {
  const deletes = countOf(plan, ['delete']);
  if (deletes <= limits.maxDeletes) return [];
  return [
    {
      code: 'too-many-deletes',
      message: `the plan deletes ${deletes} objects, safety.maxDeletes is ${limits.maxDeletes}`,
      hint: 'apply in smaller steps, or raise safety.maxDeletes for this change',
    },
  ];
}

function tooMuchChange(plan: Plan, limits: GuardLimits): readonly Brake[] {
  const total = plan.managedLive;
  const changed = countOf(plan, ['update', 'delete', 'reorder']);
  if (total < RATIO_NEEDS || changed / total <= limits.maxChangeRatio) return [];
  const share = `${changed} of ${total} managed objects (${Math.round((changed / total) * 100)} %)`;
  return [
    {
      code: 'too-much-change',
      message: `the plan changes ${share}, safety.maxChangeRatio is ${limits.maxChangeRatio}`,
      hint: 'apply in smaller steps, or raise safety.maxChangeRatio for this change',
    },
  ];
}

function countOf(plan: Plan, actions: readonly string[]): number {
  return plan.operations.filter((operation) => actions.includes(operation.action)).length;
}

function resourcesOf(plan: Plan): readonly string[] {
  return [...new Set(plan.operations.map((operation) => operation.resource))];
}

function matcher(globs: readonly string[]): (resource: string) => boolean {
  if (globs.length === 0) return () => false;
  // A member's name may begin with a dot; that hides it from nobody.
  const matches = picomatch([...globs], { dot: true });
  return (resource) => matches(resource);
}
