import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { putEntry, readJournal, type JournalEntry } from '../../../src/transaction/journal-file.ts';
import { readLock } from '../../../src/transaction/lock-record.ts';
import { acquireWriterLock } from '../../../src/transaction/writer-lock.ts';

// What a disk or another process may do between two steps: done at the one step that every file goes through.

let scratch: string;
let state: string;
let lockFile: string;
/** What all open files have in common. */
let files: FileHandle;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'file-failures-'));
  const handle = await open(scratch, 'r');
  files = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
});

beforeEach(async () => {
  state = await mkdtemp(join(scratch, 'case-'));
  lockFile = join(state, 'writer.lock');
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

afterAll(() => rm(scratch, { recursive: true }));

const LONG_AGO = new Date(Date.now() - 61_000);
const GONE = { pid: 2 ** 22 + 1, host: hostname(), startedAt: '2024-01-01T00:00:00.000Z' };
const TOKEN = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

function failing(code: string): Error {
  return Object.assign(new Error(`${code}: of the disk`), { code });
}

async function failureOf(call: Promise<unknown>): Promise<SpsGitopsError> {
  const error: unknown = await call.then(
    () => new Error('expected to fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SpsGitopsError)) throw error;
  return error;
}

/** Acts before the content of the file number `nth` is on disk, counted from 1. */
function beforeSync(nth: number, act: () => Promise<void>): void {
  const real = Reflect.get(files, 'sync') as (this: FileHandle) => Promise<void>;
  let synced = 0;
  vi.spyOn(files, 'sync').mockImplementation(async function (this: FileHandle) {
    synced += 1;
    if (synced === nth) await act();
    await real.call(this);
  });
}

describe('a lock file', () => {
  it.each([
    ['whose content cannot be written', 'writeFile', failing('ENOSPC'), 'internal', 'ENOSPC'],
    ['that cannot be kept', 'sync', failing('EROFS'), 'inputInvalid', 'EROFS'],
    ['that fails in a way of its own', 'sync', new Error('odd'), 'internal', 'unknown'],
    ['that fails with what is no error', 'sync', 'odd', 'internal', 'unknown'],
  ] as const)('%s leaves nothing, and the next one is taken', async (_what, step, reason, failure, code) => {
    vi.spyOn(files, step).mockRejectedValueOnce(reason);
    const error = await failureOf(acquireWriterLock(state));
    expect(error).toMatchObject({ failure, code: 'state-directory', cause: reason });
    expect(error.message).toBe(`the state directory cannot be used: ${code} at ${lockFile}`);
    expect(error.hint).toContain('SPS_STATE');
    expect(await readdir(state)).toEqual([]);
    const lock = await acquireWriterLock(state);
    await lock.release();
  });

  it.each(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'])(
    'that is refused with %s is for the operator to mend',
    async (code) => {
      vi.spyOn(files, 'sync').mockRejectedValueOnce(failing(code));
      expect(await failureOf(acquireWriterLock(state))).toMatchObject({ failure: 'inputInvalid' });
    },
  );

  it('that cannot be made is told with its path', async () => {
    const deep = Array.from({ length: 17 }, () => 'd'.repeat(250)).join('/');
    const directory = join(scratch, deep).slice(0, 4090);
    const error = await failureOf(acquireWriterLock(directory));
    expect(error).toMatchObject({ failure: 'internal', code: 'state-directory' });
    expect(error.message).toBe(`the state directory cannot be used: ENAMETOOLONG at ${join(directory, 'writer.lock')}`);
  });

  it('that is removed while it is made is not held', async () => {
    beforeSync(1, () => rm(lockFile));
    const error = await failureOf(acquireWriterLock(state));
    expect(error).toMatchObject({ failure: 'otherWriter', details: { lock: lockFile } });
    expect(error.message).toBe('the lock on the state directory is not held any more');
    expect(await readdir(state)).toEqual([]);
  });

  it('that comes and goes is tried again, not for ever', async () => {
    // A link to nothing is there for whoever makes a file, and not for whoever reads one.
    await symlink(join(scratch, 'nowhere'), lockFile);
    const making = vi.spyOn(files, 'sync');
    const error = await failureOf(acquireWriterLock(state));
    expect(error).toMatchObject({ failure: 'otherWriter', details: { lock: lockFile } });
    expect(error.message).toBe('the state directory is in use by another process');
    expect(making).not.toHaveBeenCalled();
  });

  it('that was given up is not ours any more, whoever has it now, and that somebody took is theirs', async () => {
    const first = await acquireWriterLock(state);
    await first.release();
    const second = await acquireWriterLock(state);
    expect((await failureOf(first.assertHeld())).message).toBe('the lock on the state directory is not held any more');
    await writeFile(lockFile, JSON.stringify({ ...GONE, token: OTHER }));
    const lost = await failureOf(second.assertHeld());
    expect(lost.message).toContain(`the state directory is in use by process ${GONE.pid} on ${GONE.host}`);
    expect(lost.details).toEqual({ lock: lockFile, pid: GONE.pid, host: GONE.host, since: GONE.startedAt });
    await second.release();
  });

  it('whose heartbeat fails is held all the same', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const lock = await acquireWriterLock(state);
    const beats = vi.spyOn(files, 'utimes').mockRejectedValue(failing('EIO'));
    vi.advanceTimersByTime(10_000);
    expect(beats).toHaveBeenCalledOnce();
    await lock.assertHeld();
    await lock.release();
    vi.advanceTimersByTime(60_000);
    expect(beats).toHaveBeenCalledOnce();
  });

  it.each([
    ['no pid', { pid: 'x' }],
    ['a pid that is none', { pid: -1 }],
    ['a pid that is no whole number', { pid: 1.5 }],
    ['no host', { host: null }],
    ['no time', { startedAt: 5 }],
    ['a token in a list', { token: [TOKEN] }],
    ['a token that leads elsewhere', { token: '../../../../../../../../../../x/y/z/a' }],
  ])('with %s says nothing of its holder', async (_what, member) => {
    await writeFile(lockFile, JSON.stringify({ ...GONE, token: TOKEN, ...member }));
    const found = await readLock(lockFile);
    expect(found?.holder).toBeNull();
    expect(found?.identity).toMatch(/^unreadable-\d+$/);
  });

  it('that is a folder says nothing of its holder, and cannot be taken over', async () => {
    await mkdir(lockFile);
    expect(await readLock(lockFile)).toMatchObject({ holder: null });
    await utimes(lockFile, LONG_AGO, LONG_AGO);
    const error = await failureOf(acquireWriterLock(state));
    expect(error).toMatchObject({ failure: 'internal', code: 'state-directory' });
    expect(error.message).toContain(lockFile);
    expect(await readdir(state)).toEqual(['writer.lock']);
  });

  it('is none where there is nothing, and a failure below a file', async () => {
    expect(await readLock(lockFile)).toBeNull();
    await writeFile(lockFile, '');
    await expect(readLock(join(lockFile, 'deeper'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

describe('an abandoned lock', () => {
  const claim = () => `${lockFile}.${TOKEN}.claim`;
  const leave = (token: string) => writeFile(lockFile, JSON.stringify({ ...GONE, token }));

  beforeEach(() => leave(TOKEN));

  it('that somebody else took over meanwhile is theirs', async () => {
    beforeSync(1, () => writeFile(lockFile, JSON.stringify({ ...GONE, token: OTHER, pid: process.ppid })));
    expect((await failureOf(acquireWriterLock(state))).details).toMatchObject({ pid: process.ppid });
    expect(JSON.parse(await readFile(lockFile, 'utf8'))).toMatchObject({ token: OTHER });
    // The claim on the first one is let go.
    expect(await readdir(state)).toEqual(['writer.lock']);
  });

  it('whose holder has shown life meanwhile is his', async () => {
    beforeSync(1, () => writeFile(lockFile, JSON.stringify({ ...GONE, token: TOKEN, pid: process.ppid })));
    expect((await failureOf(acquireWriterLock(state))).details).toMatchObject({ pid: process.ppid });
    expect(await readdir(state)).toEqual(['writer.lock']);
  });

  it('that is gone once it is claimed is free', async () => {
    beforeSync(1, () => rm(lockFile));
    const lock = await acquireWriterLock(state);
    await lock.assertHeld();
    await lock.release();
    expect(await readdir(state)).toEqual([]);
  });

  it('whose claim comes and goes is tried again, not for ever', async () => {
    await symlink(join(scratch, 'nowhere'), claim());
    expect(await failureOf(acquireWriterLock(state))).toMatchObject({ failure: 'otherWriter' });
    expect(JSON.parse(await readFile(lockFile, 'utf8'))).toMatchObject({ token: TOKEN });
  });
});

describe('the journal', () => {
  const entry: JournalEntry = {
    url: 'https://sps.example.com',
    openedAt: '2026-01-01T00:00:00.000Z',
    runId: 'f'.repeat(32),
    commit: null,
    session: new Secret('MARKEDcookie'),
    pid: 1,
    host: 'h',
    sessionSeconds: null,
  };

  it.each(['EINVAL', 'ENOTSUP'])('is written where a folder cannot be synced (%s)', async (code) => {
    // The folder is made to remember the file after the file itself.
    beforeSync(2, () => Promise.reject(failing(code)));
    await putEntry(state, entry);
    const found = await readJournal(state);
    expect(found).toMatchObject({ kind: 'entries', entries: [{ runId: entry.runId }] });
  });

  it.each<[unknown, string, string]>([
    [failing('EIO'), 'internal', 'EIO'],
    [failing('EACCES'), 'inputInvalid', 'EACCES'],
    [new Error('odd'), 'internal', 'unknown'],
    ['odd', 'internal', 'unknown'],
  ])('that is not kept (%s) is %s', async (reason, failure, code) => {
    beforeSync(2, () => Promise.reject(reason as Error));
    const error = await failureOf(putEntry(state, entry));
    expect(error).toMatchObject({ failure, code: 'state-directory', cause: reason });
    expect(error.message).toBe(
      `the journal of transactions cannot be written: ${code} at ${join(state, 'transaction.json')}`,
    );
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/MARKED/);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE'])(
    'that cannot be written for %s may be later',
    async (code) => {
      vi.spyOn(files, 'writeFile').mockRejectedValueOnce(failing(code));
      expect(await failureOf(putEntry(state, entry))).toMatchObject({ failure: 'internal', retry: 'transient' });
      await putEntry(state, entry);
      expect(await readdir(state)).toEqual(['transaction.json']);
    },
  );
});
