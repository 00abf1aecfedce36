import type { Quirks } from '../../src/simulator/quirks.ts';
import { ANSWERS, DEFAULTS, LOCKED_COMMIT, LOCKS, OTHERWISE, WRITERS, type FaultKind, type Variant } from './faults.ts';
import type { Place } from './places.ts';
import type { Scenario } from './scenarios.ts';

/** What happens at a request: an answer, or something on the appliance itself that lasts until the run is over. */
export type Happening =
  | { readonly what: 'answer'; readonly kind: FaultKind }
  | { readonly what: 'lock' }
  | { readonly what: 'foreign commit' }
  | { readonly what: 'inconsistent' };

/** One case of the matrix. */
export interface Case {
  readonly scenario: Scenario;
  readonly place: Place;
  readonly happening: Happening;
  readonly variant: string;
  readonly quirks: Partial<Quirks>;
}

/** How the tables call it. */
export function nameOf(happening: Happening): string {
  return happening.what === 'answer' ? happening.kind.name : happening.what;
}

/** Everything that can happen, with the answers to the open questions under which it is tried. */
const HAPPENINGS: readonly { readonly happening: Happening; readonly variants: readonly Variant[] }[] = [
  ...ANSWERS.map((kind) => ({
    happening: { what: 'answer', kind } as const,
    variants: [DEFAULTS, ...OTHERWISE],
  })),
  // Q1 tells how a lock is refused, so it is varied where there is one to meet; with Q3, Q8 and Q17 it is met at the commit.
  {
    happening: { what: 'lock' },
    variants: [...LOCKS, ...OTHERWISE.map(({ name, quirks }) => ({ name, quirks: { ...quirks, ...LOCKED_COMMIT } }))],
  },
  // Q2 tells what a commit does when somebody else was faster, so it is varied where somebody is.
  { happening: { what: 'foreign commit' }, variants: [...WRITERS, ...OTHERWISE] },
  // Q17 tells when the appliance notices.
  { happening: { what: 'inconsistent' }, variants: [DEFAULTS, ...OTHERWISE] },
];

/** The names of all happenings, in the order of the table. */
export const HAPPENING_NAMES: readonly string[] = HAPPENINGS.map(({ happening }) => nameOf(happening));

/** Every case of one scenario; `placesWith` gives the places of its run under some quirks. */
export function casesOf(
  scenario: Scenario,
  placesWith: (quirks: Partial<Quirks>) => readonly Place[],
): readonly Case[] {
  return HAPPENINGS.flatMap(({ happening, variants }) =>
    variants.flatMap(({ name, quirks }) =>
      placesWith(quirks).map((place): Case => ({ scenario, place, happening, variant: name, quirks })),
    ),
  );
}

/** The same cases in an order that follows from the seed alone: wherever it is cut off, all kinds have had their share. */
export function shuffled(cases: readonly Case[], seed: number): readonly Case[] {
  const random = randomFrom(seed);
  const ranked = cases.map((of) => ({ of, rank: random() }));
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ of }) => of);
}

/** The same cases, those first that wait until their limits are over: others fill the time. */
export function slowFirst(cases: readonly Case[]): readonly Case[] {
  return [...cases.filter(isSlow), ...cases.filter((one) => !isSlow(one))];
}

/**
 * A part that has every second (run, happening, kind of request) once; the next seed has the others. Which profile and which
 * answers to the open questions each one gets follows from the seed.
 */
export function sampleOf(cases: readonly Case[], seed: number): readonly Case[] {
  const random = randomFrom(seed);
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    const key = JSON.stringify([one.scenario.run, nameOf(one.happening), one.place.kind]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const every = [...groups.values()].filter((_, index) => index % 2 === seed % 2);
  return every.flatMap((group) => group.slice(Math.floor(random() * group.length)).slice(0, 1));
}

function isSlow({ happening }: Case): boolean {
  return happening.what === 'answer' && happening.kind.limits === 'short';
}

/** Numbers from 0 to below 1 that follow from the seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
