import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LoadMemory } from '../../src/desired/load-memory.ts';
import type { LoadResult } from '../../src/desired/load-desired-state.ts';
import { revealTree } from '../../src/shared/secret-tree.ts';
import { inSandbox, load, writeFiles, type LoadChanges } from '../contract/git/checkout.ts';
import { fakeRegistry, fakeType } from '../unit/desired/fake-registry.ts';

const at = inSandbox('folder');

const CONTENTS: readonly (string | Uint8Array)[] = [
  'resource: a\nbody: {x: 1, y: [2, 3]}\n',
  'resource: a\nbody: {x: wrong}\n---\nresource: b\nbody: {}\n',
  'resource: b\nbody: {v: !env V, w: !file v.txt, k: !key "1"}\n',
  'resource: b\nupload: v.txt\nbody: {x: 1}\n',
  'resource: c\nbody: {x: 1}\nignore: [/y]\n',
  'resource: c\nname: n\nbody: {x: wrong}\nmore: 1\n',
  'resource: c\nprune: true\n',
  'resource: [\n',
  '# nothing\n',
  '',
  new Uint8Array([0x61, 0x3a, 0x20, 0xc3, 0x28]),
  'some text\r\n',
];

// The schema does not like one value.
const refused = { pointer: '/x', code: 'wrong', message: 'not this', at: 'value' } as const;
const typeA = fakeType('a', (body) => (JSON.stringify(body).includes('wrong') ? [refused] : []));
const LARGE = fakeRegistry(typeA, fakeType('b'), fakeType('c'));
const SMALL = fakeRegistry(typeA);

const FILE = fc.constantFrom('1.yaml', '2.yaml', 'd/3.yml', 'v.txt');
const EDIT = fc.record({
  file: FILE,
  content: fc.option(fc.nat({ max: CONTENTS.length - 1 })),
  variables: fc.constantFrom({}, { V: 'one' }, { V: 'two' }),
  registry: fc.constantFrom(LARGE, LARGE, SMALL),
  strict: fc.boolean(),
  values: fc.constantFrom('resolve', 'resolve', 'without'),
});

/** All of a result that can be compared, places of later stages included. */
function shownOf({ state, ...rest }: LoadResult): unknown {
  if (state === null) return rest;
  const { resources, collections, revision, warnings, sources } = state;
  const finding = { severity: 'error', code: 'c', message: 'm' } as const;
  return {
    ...rest,
    collections,
    revision,
    warnings,
    resources: resources.map((one) => ({ ...one, body: revealTree(one.body) })),
    places: resources.map((one) => sources.place(one, '/body/x', 'key', finding)),
  };
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const one of Object.values(value)) freeze(one);
}

test('what is loaded with a memory is what is loaded without, whatever was edited, and nobody changes it', async () => {
  const property = fc.asyncProperty(fc.array(EDIT, { minLength: 1, maxLength: 12 }), async (edits) => {
    await rm(at.folder, { recursive: true, force: true });
    await writeFiles(at.folder, { '1.yaml': CONTENTS[0] ?? '', 'v.txt': 'v' });
    const memory = new LoadMemory();
    for (const { file, content, ...changes } of edits satisfies readonly (LoadChanges & { file: string })[]) {
      if (content === null) await rm(join(at.folder, file), { force: true });
      else await writeFiles(at.folder, { [file]: CONTENTS[content] ?? '' });
      const result = await load(at.folder, { ...changes, memory });
      freeze({ ...result.state, sources: null });
      freeze(result.findings);
      expect(shownOf(result)).toEqual(shownOf(await load(at.folder, changes)));
    }
  });
  await fc.assert(property, { numRuns: 60 });
});
