import { describe, expect, it } from 'vitest';
import { LoadMemory } from '../../../src/desired/load-memory.ts';
import { FileMemory, type FileReading } from '../../../src/desired/file-memory.ts';
import { readFile } from '../../../src/desired/read-file.ts';
import { inSandbox, load, writeFiles, yaml } from '../../contract/git/checkout.ts';
import { fakeRegistry, fakeType } from './fake-registry.ts';

const at = inSandbox('folder');

/** Loads these files with a memory; gives the names of those that were read for it. */
function readings(memory: FileMemory, files: Readonly<Record<string, string>>): readonly string[] {
  const load = memory.begin();
  const read: string[] = [];
  const empty: FileReading = { findings: [], documents: [], parsed: [] };
  for (const [name, text] of Object.entries(files)) {
    load.reading(name, Buffer.from(text), () => {
      read.push(name);
      return empty;
    });
  }
  load.end();
  return read;
}

describe('of files', () => {
  it('those with other bytes are read, and the others not', () => {
    const memory = new FileMemory();
    expect(readings(memory, { a: '1', b: '1' })).toEqual(['a', 'b']);
    expect(readings(memory, { a: '1', b: '2' })).toEqual(['b']);
    expect(readings(memory, { a: '1', b: '2', c: '1' })).toEqual(['c']);
    expect(readings(memory, { a: '1', b: '2', c: '1' })).toEqual([]);
  });

  it('only the last load is remembered', () => {
    const memory = new FileMemory();
    readings(memory, { a: '1', b: '1' });
    readings(memory, { a: '2' });
    expect(readings(memory, { a: '1', b: '1' })).toEqual(['a', 'b']);
  });

  it('no more than 8 MiB are remembered', () => {
    const memory = new FileMemory();
    const half = 'x'.repeat(4 * 1024 * 1024);
    readings(memory, { a: half, b: half, c: 'x' });
    expect(readings(memory, { a: half, b: half, c: 'x' })).toEqual(['c']);
  });
});

describe('the digest', () => {
  it('is made again when a document is another, and when the load before had none', () => {
    const memory = new FileMemory();
    let made = 0;
    const digest = (text: string): string => {
      const load = memory.begin();
      const { documents } = readFile('a.yaml', { kind: 'bytes', bytes: Buffer.from(text) }, load);
      const result = load.digest(documents, () => `${(made += 1)}`);
      load.end();
      return result;
    };
    expect([digest('a: 1'), digest('a: 1'), digest('a: 2'), digest('a: 2'), digest('a: 1')]).toEqual([
      ...['1', '1', '2', '2', '3'],
    ]);
    // Of the same documents, after a load that ended before it came to theirs.
    const once = (): string => {
      const load = memory.begin();
      const result = load.digest([], () => `${(made += 1)}`);
      load.end();
      return result;
    };
    expect([once(), once()]).toEqual(['4', '4']);
    readings(memory, {});
    expect(once()).toBe('5');
  });
});

describe('a document that takes nothing from outside', () => {
  const counts = { a: 0, b: 0 };
  const type = (name: 'a' | 'b') =>
    fakeType(name, () => {
      counts[name] += 1;
      return [];
    });

  it('is validated once, and one with a value from outside each time', async () => {
    const registry = fakeRegistry(type('a'), type('b'));
    const memory = new LoadMemory();
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 1), 'b.yaml': 'resource: b\nbody: !env V\n' });
    const first = await load(at.folder, { memory, registry, variables: { V: '1' } });
    const second = await load(at.folder, { memory, registry, variables: { V: '1' } });
    expect(counts).toEqual({ a: 1, b: 2 });
    expect(second.state?.resources[0]).toBe(first.state?.resources[0]);
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 2) });
    await load(at.folder, { memory, registry, variables: { V: '1' } });
    await load(at.folder, { memory, registry, variables: { V: '1' }, values: 'without' });
    expect(counts).toEqual({ a: 3, b: 4 });
    // Another registry may say something else of it.
    await load(at.folder, { memory, registry: fakeRegistry(type('a'), type('b')), values: 'without' });
    expect(counts).toEqual({ a: 4, b: 5 });
  });
});
