import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { acquireWriterLock } from '../../../src/transaction/writer-lock.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;
const LONG_AGO = new Date(Date.now() - 61_000);
const STRANGER = '00000000-0000-4000-8000-000000000001';
const somebody = { pid: process.ppid, host: hostname(), token: STRANGER, startedAt: '2024-01-01T00:00:00.000Z' };

let scratch: string;
let built: string;
let state: string;
let lockFile: string;
const children: Child[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'writer-lock-'));
  built = join(scratch, 'built');
  // Processes of their own need JavaScript: the module itself, built as the program is.
  const options = ['--ignoreConfig', '--module', 'node20', '--target', 'es2023', '--skipLibCheck'];
  const places = ['--types', 'node', '--rewriteRelativeImportExtensions', '--rootDir', 'src', '--outDir', built];
  await execa('node_modules/.bin/tsc', [...options, ...places, 'src/transaction/writer-lock.ts'], { cwd: ROOT });
  await writeFile(join(built, 'package.json'), '{"type":"module"}');
  await writeFile(join(built, 'child.js'), CHILD);
});

beforeEach(async () => {
  state = join(await mkdtemp(join(scratch, 'case-')), 'state');
  lockFile = join(state, 'writer.lock');
});

afterEach(async () => {
  vi.useRealTimers();
  for (const child of children.splice(0)) await child.kill();
});

afterAll(async () => {
  await rm(scratch, { recursive: true });
});

describe('the writer lock', () => {
  it('makes the folder for its owner only, and a file that says who holds it', async () => {
    const before = Date.now();
    const lock = await acquireWriterLock(state);
    expect((await stat(state)).mode & 0o777).toBe(0o700);
    expect((await stat(lockFile)).mode & 0o777).toBe(0o600);
    const holder = JSON.parse(await readFile(lockFile, 'utf8')) as Record<string, unknown>;
    expect(holder).toMatchObject({ pid: process.pid, host: hostname() });
    expect(Date.parse(String(holder['startedAt']))).toBeGreaterThanOrEqual(before);
    await lock.assertHeld();
    await lock.release();
    expect(await readdir(state)).toEqual([]);
  });

  it('is given up once, and can be released twice', async () => {
    const lock = await acquireWriterLock(state);
    await Promise.all([lock.release(), lock.release()]);
    const next = await acquireWriterLock(state);
    await lock.release();
    await next.assertHeld();
    expect(await codeOf(lock.assertHeld())).toBe('OtherWriter');
    await next.release();
  });

  it('is held by one, also within one process', async () => {
    const lock = await acquireWriterLock(state);
    const error = await failureOf(acquireWriterLock(state));
    expect(error).toMatchObject({ failure: 'otherWriter', exitCode: 4, retry: 'transient' });
    expect(error.message).toContain(`process ${process.pid} on ${hostname()} since 20`);
    expect(error.hint).toContain(lockFile);
    await lock.release();
  });

  it('refuses a path that is a file, or below one', async () => {
    await writeFile(state, 'x');
    for (const path of [state, join(state, 'deeper')]) {
      const error = await failureOf(acquireWriterLock(path));
      expect(error).toMatchObject({ failure: 'inputInvalid', code: 'state-directory' });
      expect(error.message).toContain(state);
    }
  });

  it.skipIf(process.getuid?.() === 0)('refuses a folder that cannot be written to', async () => {
    await mkdir(state);
    await chmod(state, 0o500);
    expect((await failureOf(acquireWriterLock(state))).failure).toBe('inputInvalid');
  });

  it('notices that its file was removed or replaced, and leaves what is not its own', async () => {
    const lock = await acquireWriterLock(state);
    await rm(lockFile);
    expect(await codeOf(lock.assertHeld())).toBe('OtherWriter');
    await place({ token: STRANGER });
    expect(await codeOf(lock.assertHeld())).toBe('OtherWriter');
    await lock.release();
    expect(await readdir(state)).toEqual(['writer.lock']);
  });

  it('shows every ten seconds that its holder lives', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const lock = await acquireWriterLock(state);
    await utimes(lockFile, LONG_AGO, LONG_AGO);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await vi.waitFor(async () => {
      expect(Date.now() - (await stat(lockFile)).mtimeMs).toBeLessThan(30_000);
    });
    await lock.release();
  });
});

describe('a lock that was left behind', () => {
  it.each([
    ['by our pid in an earlier life', { pid: process.pid }, 'taken'],
    ['by a process that is gone', { pid: 2 ** 22 + 1 }, 'taken'],
    ['by a process that lives', { pid: process.ppid }, 'held'],
    ['by another host', { pid: 2 ** 22 + 1, host: 'elsewhere.example.com' }, 'held'],
  ])('%s a moment ago is %s', async (_name, holder, expected) => {
    await place(holder);
    expect(await outcome()).toBe(expected);
  });

  it.each([
    ['by a process that lives', JSON.stringify({ ...somebody, pid: process.ppid })],
    ['by another host', JSON.stringify({ ...somebody, host: 'elsewhere.example.com' })],
    ['half written', '{"pid": 1'],
    ['empty', ''],
  ])('%s, silent for over a minute, is taken over', async (_name, content) => {
    await write(content);
    await utimes(lockFile, LONG_AGO, LONG_AGO);
    expect(await outcome()).toBe('taken');
    expect(await readdir(state)).toEqual([]);
  });

  it.each(['', '{', '[]', '{"pid": 1, "token": "../../x"}'])(
    'that reads %j is held while it is fresh',
    async (content) => {
      await write(content);
      const error = await failureOf(acquireWriterLock(state));
      expect(error.message).toBe('the state directory is in use by another process');
    },
  );

  it('is taken over in spite of a claim that was left behind as well', async () => {
    await place({ pid: 2 ** 22 + 1 });
    await writeFile(`${lockFile}.${STRANGER}.claim`, JSON.stringify({ ...somebody, pid: 2 ** 22 + 1 }));
    expect(await outcome()).toBe('taken');
    expect(await readdir(state)).toEqual([]);
  });

  it('is left to a taker that is at it', async () => {
    await place({ pid: 2 ** 22 + 1 });
    await writeFile(`${lockFile}.${STRANGER}.claim`, JSON.stringify({ ...somebody, pid: process.ppid }));
    expect(await outcome()).toBe('held');
  });
});

describe('several processes', () => {
  it('that start at once: exactly one gets it', async () => {
    const contenders = await startChildren(5);
    expect(await contend(contenders)).toBe(1);
  });

  it('that find an abandoned lock at once: exactly one gets it, round after round', async () => {
    for (let round = 0; round < 3; round += 1) {
      await rm(state, { recursive: true, force: true });
      await place({ pid: 2 ** 22 + 1 });
      const contenders = await startChildren(5);
      expect(await contend(contenders)).toBe(1);
      for (const child of contenders) await child.kill();
      children.splice(0);
    }
  });

  it('take over at once from a holder that was killed', async () => {
    const [holder] = await startChildren(1);
    expect(await holder?.acquire()).toBe('won');
    expect(await outcome()).toBe('held');
    await holder?.kill();
    expect(await outcome()).toBe('taken');
  });
});

async function place(holder: Partial<typeof somebody>): Promise<void> {
  await write(JSON.stringify({ ...somebody, ...holder }));
}

async function write(content: string): Promise<void> {
  await mkdir(state, { recursive: true });
  await writeFile(lockFile, content);
}

/** Tries once to take the lock, and gives it back. */
async function outcome(): Promise<'taken' | 'held'> {
  try {
    const lock = await acquireWriterLock(state);
    await lock.release();
    return 'taken';
  } catch (error) {
    if (error instanceof SpsGitopsError && error.failure === 'otherWriter') return 'held';
    throw error;
  }
}

async function failureOf(call: Promise<unknown>): Promise<SpsGitopsError> {
  const error: unknown = await call.then(
    () => new Error('expected to fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SpsGitopsError)) throw error;
  return error;
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await failureOf(call)).code;
}

// Takes the lock when told to, says what came of it, and lives on with it.
const CHILD = `
import { acquireWriterLock } from './transaction/writer-lock.js';
process.stdin.once('data', async () => {
  try {
    await acquireWriterLock(process.argv[2]);
    process.stdout.write('won\\n');
  } catch (error) {
    process.stdout.write(error.code + '\\n');
  }
});
process.stdin.resume();
process.stdout.write('ready\\n');
`;

interface Child {
  readonly acquire: () => Promise<string>;
  readonly kill: () => Promise<void>;
}

async function startChildren(count: number): Promise<readonly Child[]> {
  return Promise.all(Array.from({ length: count }, startChild));
}

async function startChild(): Promise<Child> {
  const child: ChildProcess = spawn(process.execPath, [join(built, 'child.js'), state], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {},
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the child has no pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  const handle: Child = {
    acquire: () => {
      stdin.write('go\n');
      return nextLine();
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
  children.push(handle);
  expect(await nextLine()).toBe('ready');
  return handle;
}

async function contend(contenders: readonly Child[]): Promise<number> {
  const answers = await Promise.all(contenders.map((child) => child.acquire()));
  expect(answers.filter((answer) => answer !== 'won' && answer !== 'OtherWriter')).toEqual([]);
  return answers.filter((answer) => answer === 'won').length;
}
