import type { RecordedRequest } from '../../src/simulator/requests.ts';

/** Where in a run a request stands; what a failure there means depends on nothing else. */
export type Phase =
  'plan' | 'status' | 'open' | 'read inside' | 'write' | 'commit' | 'read after' | 'action' | 'look' | 'login';

/** One request of a run, so that the same one can be found in the next run. */
export interface Place {
  /** Where it stood in the run without a fault, from 0. */
  readonly index: number;
  readonly method: string;
  /** The whole path; keys that the appliance gives are any. */
  readonly path: RegExp;
  /** The how-many-eth such request, from 1. */
  readonly nth: number;
  readonly phase: Phase;
  /** Method and phase: what the sample takes for one kind of request. */
  readonly kind: string;
  /** Which write it is, from 1; 0 for everything else. */
  readonly write: number;
}

const TRANSACTION = '/api/transaction';
const JOIN = '/api/starling/join';

/** The places of a run without a fault, from its requests. `known` are the members that were there before. */
export function placesOf(requests: readonly RecordedRequest[], known: ReadonlySet<string>): readonly Place[] {
  const seen = new Map<string, number>();
  let stage: Phase = 'plan';
  let writes = 0;
  return requests.map(({ method, path }, index) => {
    const source = pathPattern(path, known);
    const same = `${method} ${source}`;
    const nth = (seen.get(same) ?? 0) + 1;
    seen.set(same, nth);
    const phase = phaseOf(method, path, stage);
    if (phase === 'open') stage = 'read inside';
    if (phase === 'commit') stage = 'read after';
    if (phase === 'action') stage = 'look';
    if (phase === 'write') writes += 1;
    const kind = `${method} ${phase}`;
    const write = phase === 'write' ? writes : 0;
    return { index, method, path: new RegExp(source), nth, phase, kind, write };
  });
}

/** Tells of each request in turn whether it is the one. Counts, so it is for one run. */
export function finder(place: Place): (request: Pick<RecordedRequest, 'method' | 'path'>) => boolean {
  let count = 0;
  return ({ method, path }) => method === place.method && place.path.test(path) && (count += 1) === place.nth;
}

function phaseOf(method: string, path: string, stage: Phase): Phase {
  if (path === '/api/authentication') return 'login';
  if (path === TRANSACTION && method === 'POST') return 'open';
  if (path === TRANSACTION && method === 'PUT') return 'commit';
  if (path === JOIN && method === 'DELETE') return 'action';
  if (path === TRANSACTION && stage === 'plan') return 'status';
  return method === 'GET' ? stage : 'write';
}

function pathPattern(path: string, known: ReadonlySet<string>): string {
  const collection = /^\/api\/configuration\/(trust_stores|policies\/userlists)\/([^/]+)$/.exec(path);
  if (collection === null || known.has(`${collection[1]}/${collection[2]}`)) return `^${path}$`;
  return `^/api/configuration/${collection[1]}/[0-9]{12}[0-9a-f]{10}$`;
}
