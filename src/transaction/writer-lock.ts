import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { SpsGitopsError } from '../shared/errors.ts';
import { systemCode } from '../shared/system-code.ts';
import { hasCode, readLock, type LockHolder, type LockRecord } from './lock-record.ts';

/** The right to be the only writer of a state directory. */
export interface WriterLock {
  /** Gives the lock up, if it is still ours. May be called twice. */
  release(): Promise<void>;
  /** Throws `otherWriter` when the lock is not ours any more: another process took it for abandoned. */
  assertHeld(): Promise<void>;
}

const HEARTBEAT_MS = 10_000;
const ABANDONED_AFTER_MS = 60_000;

/** Takers that come between two of our steps make us begin again; more often than this it is no accident. */
const ATTEMPTS = 20;

/** Tokens of the locks of this very process: a file with our pid and another token is of a process before us. */
const ours = new Set<string>();

/**
 * Takes the writer lock of a state directory, which is made (0700) where it is missing. A lock is abandoned when its
 * process on this host is gone, or has shown no life for 60 s. Throws `otherWriter` when somebody holds it, `inputInvalid`
 * when the directory cannot be one.
 */
export async function acquireWriterLock(stateDirectory: string): Promise<WriterLock> {
  await makeDirectory(stateDirectory);
  const path = join(stateDirectory, 'writer.lock');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const file = await create(path);
    if (file !== null) return hold(path, file);
    const found = await readLock(path);
    if (found === null) continue;
    if (!isAbandoned(found)) throw heldBy(found.holder, path);
    await removeAbandoned(path, found);
  }
  throw heldBy(null, path);
}

interface OwnFile {
  readonly handle: FileHandle;
  readonly token: string;
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(directory, error);
  }
}

/** Makes a lock file of our own; null when there is one already. */
async function create(path: string): Promise<OwnFile | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx', 0o600);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return null;
    throw unusable(path, error);
  }
  const token = randomUUID();
  const holder: LockHolder = { pid, host: hostname(), token, startedAt: new Date().toISOString() };
  ours.add(token);
  try {
    await handle.writeFile(JSON.stringify(holder));
    await handle.sync();
    return { handle, token };
  } catch (error) {
    ours.delete(token);
    await handle.close();
    await remove(path);
    throw unusable(path, error);
  }
}

function isAbandoned({ holder, touchedMs }: LockRecord): boolean {
  if (Date.now() - touchedMs > ABANDONED_AFTER_MS) return true;
  if (holder === null || holder.host !== hostname()) return false;
  return holder.pid === pid ? !ours.has(holder.token) : !isAlive(holder.pid);
}

function isAlive(process: number): boolean {
  try {
    kill(process, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

/**
 * Removes an abandoned lock. The claim file carries the name of just that lock, and only who made the claim may remove
 * it: a taker that judged long ago cannot remove the lock of one that has come in between.
 */
async function removeAbandoned(path: string, found: LockRecord): Promise<void> {
  const claimPath = `${path}.${found.identity}.claim`;
  const claim = await create(claimPath);
  if (claim === null) {
    const other = await readLock(claimPath);
    if (other === null) return;
    if (!isAbandoned(other)) throw heldBy(other.holder, path);
    await remove(claimPath);
    return;
  }
  try {
    const now = await readLock(path);
    if (now === null || now.identity !== found.identity || !isAbandoned(now)) return;
    await remove(path);
  } finally {
    await letGo(claimPath, claim);
  }
}

async function hold(path: string, file: OwnFile): Promise<WriterLock> {
  const beat = setInterval(() => {
    const now = new Date();
    // On the open file, not on the path: after a takeover the path leads to somebody else's lock.
    void file.handle.utimes(now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  beat.unref();
  let released: Promise<void> | null = null;
  const lock: WriterLock = {
    release() {
      clearInterval(beat);
      released ??= letGo(path, file);
      return released;
    },
    async assertHeld() {
      const found = released === null ? await readLock(path) : null;
      if (found?.identity !== file.token) throw lost(found, path);
    },
  };
  try {
    await lock.assertHeld();
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}

async function letGo(path: string, file: OwnFile): Promise<void> {
  try {
    const found = await readLock(path);
    if (found?.identity === file.token) await remove(path);
  } finally {
    ours.delete(file.token);
    await file.handle.close();
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw unusable(path, error);
  }
}

function heldBy(holder: LockHolder | null, path: string): SpsGitopsError {
  const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host} since ${holder.startedAt}`;
  return new SpsGitopsError('otherWriter', `the state directory is in use by ${who}`, {
    hint: `Wait for it or stop it. The lock is ${path}; one whose process is gone is taken over by itself within a minute.`,
    details: {
      lock: path,
      ...(holder === null ? {} : { pid: holder.pid, host: holder.host, since: holder.startedAt }),
    },
  });
}

function lost(found: LockRecord | null, path: string): SpsGitopsError {
  if (found !== null) return heldBy(found.holder, path);
  return new SpsGitopsError('otherWriter', 'the lock on the state directory is not held any more', {
    hint: `Something removed ${path}; nothing but this program may touch the state directory.`,
    details: { lock: path },
  });
}

function unusable(path: string, error: unknown): SpsGitopsError {
  const code = systemCode(error);
  const failure = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code)
    ? 'inputInvalid'
    : 'internal';
  return new SpsGitopsError(failure, `the state directory cannot be used: ${code} at ${path}`, {
    code: 'state-directory',
    hint: 'Set state.directory (or SPS_STATE) to a folder that this account may write to.',
    cause: error,
  });
}
