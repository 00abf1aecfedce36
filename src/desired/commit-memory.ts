import type { BlobReader } from './git-blobs.ts';
import type { CommitEntry } from './git-checkout.ts';

/** What a commit says of itself and of the files below a folder. */
export interface CommitListing {
  /** 40 or 64 hex digits; empty where what was asked about is no commit. */
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  /** By path below the folder. */
  readonly entries: ReadonlyMap<string, CommitEntry>;
}

/** More than this of content, in bytes, is read again rather than remembered. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * What the commit that was read last holds. Git names commits and files by what is in them, so that nothing under a name
 * ever changes: where HEAD still names that commit, its files need not be read again to be known.
 */
export class CommitMemory {
  #listed: { readonly of: string; readonly listing: CommitListing } | null = null;
  #contents = new Map<string, Uint8Array>();
  #bytes = 0;

  /** The listing of a commit below a folder of a repository: as it was read last, else by `read`. */
  async listing(of: readonly string[], read: () => Promise<CommitListing>): Promise<CommitListing> {
    const name = of.join('\0');
    if (this.#listed?.of === name) return this.#listed.listing;
    const listing = await read();
    this.#listed = { of: name, listing };
    return listing;
  }

  /** A reader that asks `open` for one only where a content is not known yet. */
  reader(open: () => BlobReader): BlobReader {
    let opened: BlobReader | null = null;
    return {
      read: async (object) => {
        const known = this.#contents.get(object);
        if (known !== undefined) return known;
        opened ??= open();
        const content = await opened.read(object);
        return this.#remember(object, content);
      },
      close: async () => opened?.close(),
    };
  }

  #remember(object: string, content: Uint8Array): Uint8Array {
    // Two files of one content may have asked for it side by side.
    const known = this.#contents.get(object);
    if (known !== undefined) return known;
    // What is in no commit any more goes with the rest, when there is no room.
    if (this.#bytes + content.length > MOST_BYTES) {
      this.#contents = new Map();
      this.#bytes = 0;
    }
    // A copy: the content may be a part of something larger, which would stay with it.
    const copy = Uint8Array.from(content);
    this.#contents.set(object, copy);
    this.#bytes += copy.length;
    return copy;
  }
}
