import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { hrefOf } from './resource-href.ts';
import type { Remedy, ResourceType } from './resource-type.ts';

/** What the `x-sps` block of a resource schema says. */
export type ResourceBlock = Omit<ResourceType, 'fields' | 'validateDesired' | 'validateTarget'>;

const MEMBERS = new Set(['resource', 'kind', 'writeFallback', 'href', 'identity', 'builtIn', 'upload', 'action']);
/** Members that a block of that kind has no use for. */
const FOREIGN: Readonly<Record<ResourceType['kind'], readonly string[]>> = {
  singleton: ['identity', 'builtIn'],
  collection: ['writeFallback', 'upload', 'action'],
};

/**
 * Reads the block: `href` is `hrefOf(resource)` and `identity` is `name` where they are left out. Throws an `Error` that
 * names the schema when the block is not fit: that is a defect of the program, not of its input.
 */
export function resourceBlockOf(schema: JsonObject): ResourceBlock {
  const block = schema['x-sps'];
  const resource = isObject(block) ? block['resource'] : undefined;
  const kind = isObject(block) ? oneOf(['singleton', 'collection'], block['kind']) : undefined;
  if (!isObject(block) || typeof resource !== 'string' || kind === undefined) {
    throw new Error(`the schema ${JSON.stringify(schema['title'])} has no fit x-sps block`);
  }
  const foreign = Object.keys(block).filter((name) => !MEMBERS.has(name) || FOREIGN[kind].includes(name));
  if (foreign.length > 0) throw new Error(`the schema of ${resource} uses ${foreign.join(', ')}, not built`);
  const {
    href = hrefOf(resource),
    identity = 'name',
    builtIn = [],
    writeFallback = null,
    upload = null,
    action = null,
  } = block;
  const fit = <T>(value: T | undefined, member: string): T => {
    if (value === undefined) throw new Error(`the schema of ${resource} has no fit ${member} in its x-sps block`);
    return value;
  };
  return {
    resource,
    kind,
    href: fit(pathIn(href), 'href'),
    identity: fit(oneOf(['name', 'key'], identity), 'identity'),
    builtIn: fit(textsIn(builtIn), 'builtIn'),
    remedy: upload === null && action === null ? undefined : fit(remedyOf(upload, action), 'upload or action'),
    writeFallback: writeFallback === null ? undefined : fit(oneOf(['post'], writeFallback), 'writeFallback'),
  };
}

/** The remedy of a block that has one of the two. */
function remedyOf(upload: Json, action: Json): Remedy | undefined {
  if (upload === null) return action === 'unjoin' ? { kind: 'unjoin' } : undefined;
  if (action !== null || !isObject(upload)) return undefined;
  const { field, note = null, ...rest } = upload;
  const path = pathIn(rest['path']);
  if (path === undefined || typeof field !== 'string' || Object.keys(rest).length > 1) return undefined;
  return note === null || typeof note === 'string' ? { kind: 'upload', path, field, note } : undefined;
}

function pathIn(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.startsWith('/api/') ? value : undefined;
}

function oneOf<const T extends string>(choices: readonly T[], value: Json | undefined): T | undefined {
  return choices.find((choice) => choice === value);
}

function textsIn(value: Json): readonly string[] | undefined {
  return isList(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}
