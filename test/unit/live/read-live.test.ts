import { expect, test } from 'vitest';
import { readLive, type ApplianceReader } from '../../../src/live/read-live.ts';
import type { Json } from '../../../src/shared/json.ts';
import { registryOf } from '../plan/parts.ts';

class NotFound extends Error {}

const registry = registryOf({ properties: { sum: { 'x-sps-derived': true } } });

function reading(answers: Readonly<Record<string, Json | Error>>, seen: string[] = []) {
  const reader: ApplianceReader = {
    read: (path) => {
      seen.push(path);
      const answer = answers[path.replace('/api/configuration/', '')];
      if (answer === undefined) return Promise.reject(new NotFound());
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(answer === 'listing' ? { kind: 'listing' } : { kind: 'leaf', body: answer });
    },
  };
  return { reader, registry, concurrency: 2, isNotFound: (error: unknown) => error instanceof NotFound };
}

const { signal } = new AbortController();

test('each resource is one request, and comes in normal form', async () => {
  const seen: string[] = [];
  const body = { sum: 1, ref: { key: 'k', meta: { href: '/x' } } };
  const live = await readLive(['test/thing', 'a/b'], reading({ 'test/thing': body, 'a/b': body }, seen), signal);
  expect(seen).toEqual(['/api/configuration/test/thing', '/api/configuration/a/b']);
  expect([...live.values()]).toEqual([
    { resource: 'test/thing', state: 'present', body: { ref: 'k' } },
    { resource: 'a/b', state: 'present', body: { sum: 1, ref: 'k' } },
  ]);
});

test('nothing to read is no request', async () => {
  expect(await readLive([], reading({}), signal)).toEqual(new Map());
});

test('a 404 is a resource that the firmware lacks', async () => {
  const live = await readLive(['a/b'], reading({}), signal);
  expect(live.get('a/b')).toEqual({ resource: 'a/b', state: 'unsupported' });
});

test('any other failure is thrown as it is', async () => {
  const failure = new Error('broken');
  await expect(readLive(['x', 'y'], reading({ x: {}, y: failure }), signal)).rejects.toBe(failure);
});

test('a listing where the schema knows one object is nonsense', async () => {
  const answer = readLive(['test/thing'], reading({ 'test/thing': 'listing' }), signal);
  await expect(answer).rejects.toMatchObject({ failure: 'targetUnreachable' });
});

test('a listing where no schema knows better is a collection', async () => {
  const live = await readLive(['policies/unknown'], reading({ 'policies/unknown': 'listing' }), signal);
  expect(live.get('policies/unknown')).toEqual({ resource: 'policies/unknown', state: 'listing' });
});
