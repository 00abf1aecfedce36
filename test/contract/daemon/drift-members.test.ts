import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/shared/json.ts';
import { driftOf } from './entries.ts';
import { daemonWorld, type World } from './harness.ts';

/** Trust stores of those names, of which all others are pruned. */
async function stores(names: readonly string[]): Promise<World> {
  const world = await daemonWorld({ files: {}, settings: { safety: { maxChangeRatio: 1 } } });
  await write(world, names);
  return world;
}

async function write(world: World, names: readonly string[], revocation = 'none', prefix = ''): Promise<void> {
  const documents = names.map((name) => document(world, name, revocation));
  const whole = 'resource: trust_stores\nprune: true\n';
  await world.files({ 'stores.yaml': `${prefix}${[whole, ...documents].join('---\n')}` });
}

function document({ simulator }: World, name: string, revocation: string, previousName?: string): string {
  const urls = revocation === 'none' ? '[]' : '[ "http://crl.example.com" ]';
  const body = `{ revocation_check: ${revocation}, crl_urls: ${urls}, authorities: [ { certificate: ${JSON.stringify(simulator.authorities[1])} } ] }`;
  const former = previousName === undefined ? '' : `previousName: ${previousName}\n`;
  return `resource: trust_stores\nname: ${name}\n${former}body: ${body}\n`;
}

function keyOf({ simulator }: World, name: string): string {
  const found = simulator.members('trust_stores')?.find(({ body }) => (body as JsonObject)['name'] === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.key;
}

test('one that was deleted is made anew', async () => {
  const world = await stores(['A', 'B']);
  await world.start();
  world.simulator.setMember('trust_stores', keyOf(world, 'A'), undefined);
  const step = await world.tick();
  expect(driftOf(step)).toEqual(['trust_stores A: ']);
  expect(step.end).toMatchObject({ outcome: 'applied' });
});

test('one that was made is pruned', async () => {
  const world = await stores(['A']);
  await world.start();
  const body = world.simulator.members('trust_stores')?.find(({ key }) => key === keyOf(world, 'A'))?.body;
  world.simulator.setMember('trust_stores', 'foreign', { ...(body as JsonObject), name: 'X' });
  const step = await world.tick();
  expect(driftOf(step)).toEqual(['trust_stores X: ']);
  expect(step.end).toMatchObject({ outcome: 'applied' });
});

test('one that was renamed is both', async () => {
  const world = await stores(['A']);
  await world.start();
  const key = keyOf(world, 'A');
  const body = world.simulator.members('trust_stores')?.find((member) => member.key === key)?.body;
  world.simulator.setMember('trust_stores', key, { ...(body as JsonObject), name: 'B' });
  const step = await world.tick();
  expect([...driftOf(step)].toSorted()).toEqual(['trust_stores A: ', 'trust_stores B: ']);
  expect(step.end).toMatchObject({ outcome: 'applied' });
});

test('those that a commit makes, changes, renames and prunes are no drift', async () => {
  const world = await stores(['A', 'B', 'C']);
  await world.start();
  await write(world, ['A', 'C', 'D'], 'leaf');
  expect(driftOf(await world.touch())).toEqual([]);
  await world.tick();
  await write(world, ['C'], 'leaf', `${document(world, 'E', 'none', 'D')}---\n`);
  const step = await world.touch();
  expect(driftOf(step)).toEqual([]);
  expect(step.end).toMatchObject({ outcome: 'applied' });
  const names = world.simulator.members('trust_stores')?.map(({ body }) => (body as JsonObject)['name']);
  expect(names?.slice(1).toSorted()).toEqual(['C', 'E']);
});

test('a change of one that a commit renames is drift under the name that it had', async () => {
  const world = await stores(['A']);
  await world.start();
  const key = keyOf(world, 'A');
  const body = world.simulator.members('trust_stores')?.find((member) => member.key === key)?.body;
  world.simulator.setMember('trust_stores', key, {
    ...(body as JsonObject),
    revocation_check: 'leaf',
    crl_urls: ['http://crl.example.com'],
  });
  await world.files({ 'stores.yaml': document(world, 'Z', 'none', 'A') });
  const step = await world.touch();
  expect(driftOf(step)).toEqual(['trust_stores A: /crl_urls/0 /revocation_check']);
});

test('a certificate that the appliance writes in lines of its own is no drift, also right after a commit', async () => {
  const world = await stores(['A']);
  world.simulator.quirks.pemLineWidth = 76;
  await world.start();
  const other = JSON.stringify(world.simulator.authorities[2]);
  const text = document(world, 'A', 'none').replace(/certificate: "[^"]*"/, `certificate: ${other}`);
  await world.files({ 'stores.yaml': text });
  const step = await world.touch();
  expect(driftOf(step)).toEqual([]);
  expect(step.end).toMatchObject({ outcome: 'applied' });
});
