import { readFile, stat } from 'node:fs/promises';
import { parseJson, isObject } from '../shared/json.ts';

/** Who holds a lock, as its file says. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Unlike any other, also of the same process. */
  readonly token: string;
  /** RFC 3339 in UTC. */
  readonly startedAt: string;
}

/** A lock file as it was found. */
export interface LockRecord {
  /** Null when the file is half written or not ours to read. */
  readonly holder: LockHolder | null;
  /** The same for as long as the same owner's file stands there, even when its content cannot be read. */
  readonly identity: string;
  /** When the holder last showed that it lives, in milliseconds. */
  readonly touchedMs: number;
}

/** Reads a lock file; null when there is none. */
export async function readLock(path: string): Promise<LockRecord | null> {
  try {
    const holder = await readHolder(path);
    const { ino, mtimeMs } = await stat(path);
    return { holder, identity: holder?.token ?? `unreadable-${ino}`, touchedMs: mtimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function readHolder(path: string): Promise<LockHolder | null> {
  try {
    return parseHolder(await readFile(path, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw error;
    return null;
  }
}

function parseHolder(text: string): LockHolder | null {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { pid, host, token, startedAt } = value;
  // The token becomes part of a file name.
  if (typeof token !== 'string' || !/^[0-9a-f-]{36}$/.test(token)) return null;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null;
  if (typeof host !== 'string' || typeof startedAt !== 'string') return null;
  return { pid, host, token, startedAt };
}

/** Tells whether an error is a system error of that code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
