import type { LiveResource } from '../plan/plan.ts';
import { hrefOf } from '../plan/plan.ts';
import type { Registry } from '../resources/resource-type.ts';
import { mapBounded } from '../shared/concurrency.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { isList, isObject, type Json } from '../shared/json.ts';
import { normalise } from './normalise.ts';

/** What reading needs of the appliance. */
export interface ApplianceReader {
  read(path: string, signal: AbortSignal): Promise<LeafOrListing>;
}

type LeafOrListing = { readonly kind: 'leaf'; readonly body: Json } | { readonly kind: 'listing' };

/** Tells a 404 from other failures; the reader's errors are its own. */
export type IsNotFound = (error: unknown) => boolean;

/** What reading is done with. */
export interface LiveSource {
  readonly reader: ApplianceReader;
  readonly isNotFound: IsNotFound;
  readonly registry: Registry;
  readonly concurrency: number;
}

/**
 * Reads the named resources, one request each, at most `concurrency` at once. A 404 makes a resource `unsupported`; any
 * other failure is thrown as the reader gave it.
 */
export async function readLive(
  resources: readonly string[],
  source: LiveSource,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, LiveResource>> {
  const live = await mapBounded(resources, source.concurrency, (resource) => readOne(resource, source, signal));
  return new Map(live.map((one) => [one.resource, one]));
}

async function readOne(resource: string, source: LiveSource, signal: AbortSignal): Promise<LiveResource> {
  let reading: LeafOrListing;
  try {
    reading = await source.reader.read(hrefOf(resource), signal);
  } catch (error) {
    if (source.isNotFound(error)) return { resource, state: 'unsupported' };
    throw error;
  }
  const type = source.registry.find(resource);
  if (reading.kind === 'listing') {
    if (type !== undefined) throw listingInstead(resource);
    return { resource, state: 'listing' };
  }
  if (!isExact(reading.body)) throw inexact(resource);
  return { resource, state: 'present', body: normalise(reading.body, type?.fields) };
}

/** A number that JavaScript cannot hold would go back changed, although nobody manages it. */
function isExact(body: Json): boolean {
  if (typeof body === 'number') return Number.isFinite(body) && (!Number.isInteger(body) || Number.isSafeInteger(body));
  if (isList(body)) return body.every(isExact);
  return !isObject(body) || Object.values(body).every(isExact);
}

function inexact(resource: string): SpsGitopsError {
  const message = `GET ${hrefOf(resource)} answered with a number beyond 2^53, which cannot be sent back unchanged`;
  return new SpsGitopsError('targetUnreachable', message, { hint: 'take the resource out of the desired state' });
}

function listingInstead(resource: string): SpsGitopsError {
  const message = `GET ${hrefOf(resource)} answered with a listing where one object was expected`;
  return new SpsGitopsError('targetUnreachable', message, { hint: 'check that appliance.url is an SPS appliance' });
}
