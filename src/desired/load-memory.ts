import { CommitMemory } from './commit-memory.ts';
import { FileMemory } from './file-memory.ts';
import { PlaceMemory } from './git-place.ts';

/** What one load of the desired state knows from the one before, so that it does no work twice. */
export class LoadMemory {
  /** Where the folder lies in its checkout. */
  readonly places = new PlaceMemory();
  readonly commits = new CommitMemory();
  /** What the files came to, of a commit or not. */
  readonly files = new FileMemory();
}
