import { Readable } from 'node:stream';
import { gitArguments, gitFailed, gitText, type Git, type GitCommand } from './git-command.ts';
import { startGit } from './git-process.ts';

/** Reads objects of a repository through one running `git cat-file --batch`. */
export interface BlobReader {
  /** The content of a blob. Throws `inputUnstable` when the repository does not give it. */
  read(object: string): Promise<Uint8Array>;
  /** Ends the process; may be called more than once. */
  close(): Promise<void>;
}

const COMMAND: GitCommand = ['cat-file', '--batch'];

/** Starts the process. `signal` ends it; a read that waits then throws the signal's reason. */
export function openBlobReader(git: Git, signal: AbortSignal): BlobReader {
  const stdio = { stdin: 'pipe', stderr: 'ignore' } as const;
  const batch = startGit(gitArguments(git, COMMAND), git.environment, stdio, signal);
  const output = byteStream(batch.stdout ?? Readable.from([]));
  let last: Promise<unknown> = Promise.resolve();
  // The content, or why there is none.
  const readNow = async (object: string): Promise<Uint8Array | string> => {
    batch.stdin?.write(`${object}\n`);
    const header = gitText(await output.until(0x0a)).split(' ');
    if (header[1] !== 'blob') return 'the object is missing';
    const content = await output.take(Number(header[2]));
    await output.take(1);
    return content;
  };
  return {
    async read(object) {
      const answer = last.then(() => readNow(object)).catch(() => 'it ended early');
      last = answer;
      const content = await answer;
      if (typeof content !== 'string') return content;
      signal.throwIfAborted();
      throw gitFailed('inputUnstable', COMMAND, content);
    },
    async close() {
      batch.kill();
      await batch.end;
    },
  };
}

interface ByteStream {
  /** The bytes up to the next one of this value, which is taken and left out. */
  until(byte: number): Promise<Uint8Array>;
  take(count: number): Promise<Uint8Array>;
}

function byteStream(source: AsyncIterable<Uint8Array>): ByteStream {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  const more = async (): Promise<Uint8Array> => {
    const next = await chunks.next();
    if (next.done === true) throw new Error('it ended early');
    return next.value;
  };
  const take = async (count: number): Promise<Uint8Array> => {
    const parts = [rest];
    let length = rest.length;
    while (length < count) {
      const chunk = await more();
      parts.push(chunk);
      length += chunk.length;
    }
    const all = parts.length === 1 ? rest : Buffer.concat(parts);
    rest = all.subarray(count);
    return all.subarray(0, count);
  };
  return {
    take,
    async until(byte) {
      let end = rest.indexOf(byte);
      while (end < 0) {
        rest = Buffer.concat([rest, await more()]);
        end = rest.indexOf(byte);
      }
      const found = await take(end);
      await take(1);
      return found;
    },
  };
}
