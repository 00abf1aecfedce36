import type { Diagnostic } from '../shared/diagnostic.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import type { YamlDocument } from '../yaml/read-yaml.ts';
import type { ParsedDocument, ParsedThing } from './parsed-document.ts';
import type { ResolvedDocument } from './resolve-document.ts';
import type { ValueOrigin } from './resolve-values.ts';

/** What the bytes of one file come to, whatever other files there are. Nobody changes anything in it. */
export interface FileReading {
  /** In the order in which they are found. */
  readonly findings: readonly Diagnostic[];
  /** Those with content. */
  readonly documents: readonly YamlDocument[];
  /** Those that can be worked with further. */
  readonly parsed: readonly ParsedDocument[];
}

/** One load that remembers. */
export interface FileLoad {
  /** What a file comes to: as it did last if its bytes are the same, else by `read`. */
  reading(name: string, bytes: Uint8Array, read: () => FileReading): FileReading;
  /** The digest of all documents: the last one if they are the very same, else by `compute`. */
  digest(documents: readonly YamlDocument[], compute: () => string): string;
  /** From here on this load is what is remembered. */
  end(): void;
}

/** Resolves a document, with an origin of values or without. */
type Resolve = (origin: ValueOrigin | undefined) => Promise<ResolvedDocument>;

/**
 * Files beyond so many bytes together are read anew each time. Parsed, with the places of everything, text takes up about
 * fifteen times of what it does on disk.
 */
const MOST_BYTES = 8 * 1024 * 1024;

/** What the files that were loaded last came to, and nothing of those before. */
export class FileMemory {
  #files: Files = new Map();
  #digest: { readonly documents: readonly YamlDocument[]; readonly digest: string } | null = null;
  // What is remembered of a document goes with it.
  readonly #resolved = new WeakMap<ParsedThing, Settled>();

  /** Begins a load, of which `end` has to be called. */
  begin(): FileLoad {
    const before = this.#files;
    const files: Files = new Map();
    let total = 0;
    let isDigested = false;
    return {
      reading: (name, bytes, read) => {
        // What is no longer so is let go before anything is made in its place: there are never two of one file.
        const kept = take(before, name, bytes);
        if (kept === null) this.#digest = null;
        const reading = kept ?? read();
        total += bytes.length;
        if (total <= MOST_BYTES) files.set(name, { bytes, reading });
        return reading;
      },
      digest: (documents, compute) => {
        const last = this.#digest;
        const same =
          last?.documents.length === documents.length && documents.every((one, i) => one === last.documents[i]);
        const digest = same ? last.digest : compute();
        isDigested = true;
        // It would keep documents that are to be forgotten.
        this.#digest = total <= MOST_BYTES ? { documents, digest } : null;
        return digest;
      },
      end: () => {
        this.#files = files;
        if (!isDigested) this.#digest = null;
      },
    };
  }

  /** A document resolved: as it was last if it took nothing from outside and is judged by the same schema, else by `resolve`. */
  async resolved(
    parsed: ParsedThing,
    type: ResourceType | undefined,
    origin: ValueOrigin | undefined,
    resolve: Resolve,
  ): Promise<ResolvedDocument> {
    const values = origin === undefined ? 'without' : 'resolve';
    const last = this.#resolved.get(parsed);
    if (last !== undefined && last.type === type && last.values === values) return last.resolved;
    const watched = origin === undefined ? undefined : watch(origin);
    const resolved = await resolve(watched?.origin);
    if (watched?.asked() !== true) this.#resolved.set(parsed, { type, values, resolved });
    return resolved;
  }
}

type Files = Map<string, { readonly bytes: Uint8Array; readonly reading: FileReading }>;

function take(files: Files, name: string, bytes: Uint8Array): FileReading | null {
  const known = files.get(name);
  files.delete(name);
  return known !== undefined && Buffer.compare(known.bytes, bytes) === 0 ? known.reading : null;
}

/** A document that comes to the same each time. */
interface Settled {
  readonly type: ResourceType | undefined;
  readonly values: 'resolve' | 'without';
  readonly resolved: ResolvedDocument;
}

function watch(origin: ValueOrigin): { readonly origin: ValueOrigin; asked(): boolean } {
  let asked = false;
  return {
    asked: () => asked,
    origin: {
      variable(name) {
        asked = true;
        return origin.variable(name);
      },
      file(path) {
        asked = true;
        return origin.file(path);
      },
    },
  };
}
