import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectSchema, world } from '../process/harness.ts';
import { realRegistry, ROOT } from '../resource-schemas.ts';

const FOLDER = new URL('config-examples/quickstart/', ROOT);
const RUN = { env: { SPLUNK_HEC_TOKEN: 'not-a-real-token' } };
/** What firmware 6.x does not have, by the table of resources. */
const NOT_ON_6 = ['starling', 'starling/join', 'trust_stores'];

/** Every file of the quickstart that counts, by its name. */
const FILES = Object.fromEntries(
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/.'))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(FOLDER.pathname.length).replace(/^\//, ''))
    .map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]),
);

/** The same, with the documents about what firmware 6.x lacks made optional. */
function withOptional(): Readonly<Record<string, string>> {
  const pattern = new RegExp(`^resource: (?:${NOT_ON_6.join('|')})$`, 'gm');
  return Object.fromEntries(
    Object.entries(FILES).map(([name, text]) => [name, text.replaceAll(pattern, '$&\noptional: true')]),
  );
}

test('it describes every resource that has a schema', () => {
  const named = Object.values(FILES).flatMap((text) =>
    [...text.matchAll(/^resource: (.*)$/gm)].map(([, path = '']) => path),
  );
  expect(named.toSorted()).toEqual(realRegistry().types.map(({ resource }) => resource));
});

describe.each(['7.5', '8.0'] as const)('firmware %s', (profile) => {
  test('it is planned, applied and in sync; nothing is uploaded', async () => {
    const w = await world(FILES, { profile });
    const planned = await w.run(['plan', '--json'], RUN);
    expect(planned.code, planned.stdout).toBe(2);
    expectSchema('plan', planned.json());
    expect(planned.json()).toMatchObject({ summary: { create: 1, update: 4, upload: 0, unchanged: 2 } });
    expect(planned.json().warnings?.map(({ code }) => code)).toEqual(['unsupported-by-firmware']);
    const applied = await w.run(['apply', '--json'], RUN);
    expect(applied.json(), applied.stdout).toMatchObject({
      outcome: 'applied',
      transaction: 'committed',
      committed: 5,
    });
    expect((await w.run(['plan'], RUN)).code).toBe(0);
  });
});

test('firmware 6.0 lacks some of it; where that is optional, the rest is applied', async () => {
  const w = await world(FILES, { profile: '6.0' });
  const refused = await w.run(['plan', '--json'], RUN);
  expect(refused.code).toBe(3);
  expect(refused.json()).toMatchObject({ reason: 'Unsupported', error: { code: 'unsupported-by-firmware' } });
  for (const resource of NOT_ON_6) expect(refused.stdout).toContain(`the appliance has no ${resource}"`);

  await w.files(withOptional());
  const applied = await w.run(['apply', '--json'], RUN);
  expect(applied.json(), applied.stdout).toMatchObject({ outcome: 'applied', committed: 4 });
  expect(applied.json().warnings?.map(({ code }) => code)).toEqual(NOT_ON_6.map(() => 'unsupported-by-firmware'));
  expect((await w.run(['plan'], RUN)).code).toBe(0);
});

test('the placeholder for a license is refused by the appliance, and nothing is changed', async () => {
  const license = FILES['management/license.yaml'] ?? '';
  const w = await world({ ...FILES, 'management/license.yaml': license.replace(/serial: .*/, 'serial: 123-456-789') });
  const result = await w.run(['apply', '--json'], RUN);
  expect(result.json(), result.stdout).toMatchObject({ transaction: 'rolled-back', reason: 'StageRejected' });
  expect(w.simulator.commits).toEqual([]);
});

test('what is commented out works: one store is deleted by its name, another as no document names it', async () => {
  const text = FILES['trust_stores.yaml'] ?? '';
  const shown = text.replaceAll(/^# (?=---|resource:|name:|state:|prune:|#)/gm, '');
  expect(shown).not.toBe(text);
  const w = await world({ 'trust_stores.yaml': shown, 'ca/corporate.pem': FILES['ca/corporate.pem'] ?? '' });
  for (const [index, name] of ['Old CA', 'Some CA'].entries()) {
    const authorities = [{ certificate: w.simulator.authorities[index] ?? '' }];
    const body = { name, authorities, crl_urls: [], revocation_check: 'none', type: 'custom' };
    w.simulator.setMember('trust_stores', `9${index}`, body);
  }
  const applied = await w.run(['apply', '--json'], RUN);
  expect(applied.json(), applied.stdout).toMatchObject({ outcome: 'applied', summary: { create: 1, delete: 2 } });
  const names = w.simulator.members('trust_stores')?.map(({ body }) => (body as { readonly name: string }).name);
  expect(names?.toSorted()).toEqual(['Built-in', 'Corporate CA']);
});
