import { expect, test } from 'vitest';
import { driftOf } from './entries.ts';
import { daemonWorld, support, SUPPORT_BODY, type Step, type World } from './harness.ts';

// What the appliance answers as before is not looked into again, and a plan that had nothing to do is kept for it. Whatever
// moves after that has to be seen all the same.

const SUPPORT = 'management/support_info';

/** A daemon that has read everything several times, and found it as it was. */
async function unmoved(): Promise<World> {
  const world = await daemonWorld({
    settings: { reconcile: { quickTick: false } },
    simulator: { profile: '7.5', configuration: { [SUPPORT]: SUPPORT_BODY, 'management/soap': { enabled: false } } },
  });
  await world.start();
  const steps = [await world.tick(), await world.tick(), await world.tick()];
  const [first, second, third] = steps.map(planOf);
  expect(first).toMatchObject({ operations: 0, unchanged: 1 });
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  for (const { requests } of steps) expect(requests).toEqual(['GET /api/info', `GET /api/configuration/${SUPPORT}`]);
  return world;
}

function planOf({ entries }: Step) {
  const { planDigest, operations, unchanged } = entries.find(({ event }) => event === 'plan.computed') ?? expect.fail();
  return { planDigest, operations, unchanged };
}

test('a change outside of git is seen and put right, each time', async () => {
  const world = await unmoved();
  for (let time = 0; time < 2; time += 1) {
    world.simulator.setConfiguration(SUPPORT, { uri: null });
    const step = await world.tick();
    expect(driftOf(step)).toHaveLength(1);
    expect(step.end).toMatchObject({ outcome: 'applied' });
    expect((await world.tick()).end).toMatchObject({ outcome: 'in-sync' });
    expect((await world.tick()).end).toMatchObject({ outcome: 'in-sync' });
  }
});

test('files that want something else of the same appliance are applied', async () => {
  const world = await unmoved();
  await world.files({ 'support.yaml': support('other') });
  const step = await world.tick();
  expect(planOf(step)).toMatchObject({ operations: 1 });
  expect(step.end).toMatchObject({ outcome: 'applied' });
  expect((await world.tick()).end).toMatchObject({ outcome: 'in-sync' });
});

test('a document more is in the plan', async () => {
  const world = await unmoved();
  await world.files({ 'soap.yaml': 'resource: management/soap\nbody: { enabled: true }\n' });
  expect(planOf(await world.tick())).toMatchObject({ operations: 1, unchanged: 1 });
});
