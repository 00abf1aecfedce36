import { askGit, gitText, type Git, type GitAnswer, type GitCommand } from './git-command.ts';

/** What `git status` says of HEAD and of the files below the folder, both at one moment; or how it failed. */
export type Status =
  | {
      readonly kind: 'done';
      /** What HEAD names, which is a commit unless somebody tampered with it; null where nothing can be made of it. */
      readonly head: string | null;
      /** Something differs from HEAD, files that git does not know included. */
      readonly dirty: boolean;
    }
  | Exclude<GitAnswer, { kind: 'done' }>;

/** The command, for what is said of its failures. */
export const STATUS: GitCommand = [
  'status',
  '--porcelain=v2',
  '--branch',
  // Counting the commits to the upstream branch may take long.
  '--no-ahead-behind',
  '-z',
  '--untracked-files=all',
  // Submodules are looked at from outside only: git would run inside of them otherwise.
  '--ignore-submodules=dirty',
  '--',
  '.',
];

/** Asks for both with one process. Throws the signal's reason when it is aborted. */
export async function askStatus(git: Git, signal: AbortSignal): Promise<Status> {
  const answer = await askGit(git, STATUS, signal);
  if (answer.kind !== 'done') return answer;
  const records = gitText(answer.output).split('\0');
  // Headers come first; what comes after a record of a rename may look like one, but then there is that record.
  const dirty = records.some((record) => record !== '' && !record.startsWith('# '));
  const said = records.find((record) => record.startsWith('# branch.oid '))?.slice('# branch.oid '.length) ?? '';
  return { kind: 'done', head: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(said) ? said : null, dirty };
}
