import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commitAll, git, makeRepository, writeFiles } from '../git/checkout.ts';
import { sandbox, startWatching, swap } from './watching.ts';

const HEAD = ['rev-parse', 'HEAD'] as const;

// Makes commits without touching a file: what is noticed then is git's own doing.
async function emptyCommit(folder: string, message: string): Promise<string> {
  await git(folder, 'commit', '--quiet', '--allow-empty', `--message=${message}`);
  return git(folder, ...HEAD);
}

test.each(['.', 'deep/config'])('commits of a checkout are noticed, with %s configured', async (below) => {
  const repository = join(await sandbox(), 'repository');
  await makeRepository(repository, { 'a.yaml': '', 'deep/config/b.yaml': '' });
  const watching = await startWatching(join(repository, below));
  for (let round = 0; round < 5; round++) {
    let commit = '';
    await watching.notices(
      async () => (commit = await emptyCommit(repository, `Round ${round}`)),
      async () => (await git(repository, ...HEAD)) === commit,
    );
  }
});

test('a branch that is checked out, reset, packed away and detached is noticed', async () => {
  const repository = join(await sandbox(), 'repository');
  const first = await makeRepository(repository, { 'config/a.yaml': 'one' });
  const watching = await startWatching(join(repository, 'config'));
  const at = (wanted: string) => async () =>
    (await git(repository, 'rev-parse', '--symbolic-full-name', 'HEAD')) === wanted;
  await watching.notices(
    () => git(repository, 'checkout', '--quiet', '-b', 'feature/x/y'),
    at('refs/heads/feature/x/y'),
  );
  const second = await emptyCommit(repository, 'Second');
  await watching.notices(() => git(repository, 'pack-refs', '--all'));
  const third = await emptyCommit(repository, 'Third');
  const isAt = (commit: string) => async () => (await git(repository, ...HEAD)) === commit;
  await watching.notices(() => git(repository, 'reset', '--quiet', '--hard', second), isAt(second));
  await watching.notices(() => git(repository, 'checkout', '--quiet', '--detach', third), isAt(third));
  await watching.notices(() => git(repository, 'checkout', '--quiet', 'main'), isAt(first));
});

test.each([
  ['without a reflog', ['config', 'core.logAllRefUpdates', 'false']],
  ['with packed branches', ['pack-refs', '--all']],
])('a branch that moves %s is noticed', async (_, prepare) => {
  const repository = join(await sandbox(), 'repository');
  await makeRepository(repository, { 'config/a.yaml': 'one' });
  await git(repository, ...prepare);
  await rm(join(repository, '.git/logs'), { recursive: true });
  const watching = await startWatching(join(repository, 'config'));
  for (let round = 0; round < 3; round++) await watching.notices(() => emptyCommit(repository, `Round ${round}`));
});

test('what git does without moving HEAD is not noticed', async () => {
  const repository = join(await sandbox(), 'repository');
  await makeRepository(repository, { 'config/a.yaml': 'one', 'other/b.yaml': 'one' });
  const watching = await startWatching(join(repository, 'config'));
  const event = watching.next();
  await writeFile(join(repository, 'other/b.yaml'), 'two');
  await git(repository, 'add', '--all');
  await git(repository, 'status');
  await git(repository, 'branch', 'other');
  await git(repository, 'tag', 'v1');
  await appendFile(join(repository, 'config/a.yaml'), 'two');
  await event;
  expect(watching.events()).toBe(1);
});

test('commits of a linked worktree are noticed, and so are those of a checkout whose `.git` is a file or a link', async () => {
  const base = await sandbox();
  const repository = join(base, 'repository');
  await makeRepository(repository, { 'config/a.yaml': 'one' });
  await git(repository, 'worktree', 'add', '--quiet', '-b', 'other', join(base, 'worktree'));
  const worktree = await startWatching(join(base, 'worktree/config'));
  await worktree.notices(() => emptyCommit(join(base, 'worktree'), 'There'));
  await worktree.close();
  await rename(join(repository, '.git'), join(base, 'moved.git'));
  await symlink('../moved.git', join(repository, '.git'));
  const linked = await startWatching(join(repository, 'config'));
  await linked.notices(() => emptyCommit(repository, 'Here'));
  await linked.notices(() => rm(join(repository, '.git')));
  await writeFile(join(repository, '.git'), 'gitdir: ../moved.git\n');
  await linked.notices(() => emptyCommit(repository, 'Here again'));
});

test('a folder that becomes a checkout is noticed', async () => {
  const config = join(await sandbox(), 'config');
  await writeFiles(config, { 'a.yaml': 'one' });
  const watching = await startWatching(config);
  await watching.notices(() => git(config, 'init', '--quiet', '--initial-branch=main'));
  await watching.notices(
    () => commitAll(config, 'First'),
    () => existsSync(join(config, '.git/refs/heads/main')),
  );
  await watching.notices(() => emptyCommit(config, 'Second'));
});

test('a linked worktree without a reflog follows its branch, which is kept with the repository', async () => {
  const base = await sandbox();
  const repository = join(base, 'repository');
  await makeRepository(repository, { 'config/a.yaml': 'one' });
  await git(repository, 'config', 'core.logAllRefUpdates', 'false');
  await git(repository, 'worktree', 'add', '--quiet', '-b', 'other', join(base, 'worktree'));
  await rm(join(repository, '.git/worktrees/worktree/logs'), { recursive: true, force: true });
  const watching = await startWatching(join(base, 'worktree/config'));
  await watching.notices(() => emptyCommit(join(base, 'worktree'), 'There'));
});

test('a branch that is another name of one is followed by the reflog', async () => {
  const repository = join(await sandbox(), 'repository');
  await makeRepository(repository, { 'config/a.yaml': 'one' });
  await git(repository, 'symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
  await git(repository, 'symbolic-ref', 'HEAD', 'refs/heads/alias');
  const watching = await startWatching(join(repository, 'config'));
  await watching.notices(() => emptyCommit(repository, 'Second'));
});

test('packed branches that are replaced, as by a mirror, are noticed', async () => {
  const repository = join(await sandbox(), 'repository');
  const first = await makeRepository(repository, { 'config/a.yaml': 'one' });
  const second = await emptyCommit(repository, 'Second');
  await git(repository, 'pack-refs', '--all');
  const watching = await startWatching(join(repository, 'config'));
  const packed = join(repository, '.git/packed-refs');
  await watching.notices(async () => {
    await writeFile(`${packed}.new`, (await readFile(packed, 'utf8')).replace(second, first));
    await rename(`${packed}.new`, packed);
  });
  expect(await git(repository, ...HEAD)).toBe(first);
});

test.each(['work.git/HEAD', 'work.git/reftable/tables.list', 'main.git/reftable/tables.list'])(
  'a worktree whose references are tables: %s is noticed',
  async (name) => {
    const base = await sandbox();
    await writeFiles(base, {
      'work/a.yaml': '',
      'work/.git': 'gitdir: ../work.git\n',
      'work.git/HEAD': 'ref: refs/heads/.invalid\n',
      'work.git/commondir': '../main.git\n',
      'work.git/reftable/tables.list': 'one.ref\n',
      'main.git/reftable/tables.list': 'one.ref\n',
    });
    const watching = await startWatching(join(base, 'work'));
    await watching.notices(async () => {
      await writeFile(join(base, `${name}.lock`), 'another\n');
      await rename(join(base, `${name}.lock`), join(base, name));
    });
  },
);

test.each([
  ['kept', 'current'],
  ['removed', 'current/config'],
])('git-sync: worktrees that are published by a link, old ones %s, %s configured', async (old, configured) => {
  const base = await sandbox();
  const source = join(base, 'source');
  const root = join(base, 'root');
  await makeRepository(source, { 'config/a.yaml': 'round 0' });
  await git(base, 'clone', '--quiet', '--bare', source, join(root, '.repo'));
  await mkdir(join(root, '.worktrees'));
  const link = join(root, 'current');
  const watching = await startWatching(join(root, configured));
  let before: string | undefined;
  for (let round = 1; round <= 6; round++) {
    await writeFile(join(source, 'config/a.yaml'), `round ${round}`);
    const commit = await commitAll(source, `Round ${round}`);
    await git(join(root, '.repo'), 'fetch', '--quiet', source, 'main');
    const worktree = join(root, '.worktrees', commit);
    await git(join(root, '.repo'), 'worktree', 'add', '--quiet', '--detach', '--no-checkout', worktree, commit);
    await git(worktree, 'reset', '--quiet', '--hard', commit);
    await watching.notices(
      () => swap(link, `.worktrees/${commit}`),
      async () => (await readFile(join(link, 'config/a.yaml'), 'utf8')) === `round ${round}`,
    );
    if (old === 'removed' && before !== undefined) await rm(before, { recursive: true });
    before = worktree;
  }
  await watching.notices(() => emptyCommit(link, 'In the worktree'));
});

test('a checkout of 500 files, back and forth, is followed by an event that sees it whole', async () => {
  const repository = join(await sandbox(), 'repository');
  const files = (text: string) =>
    Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`config/d${index % 20}/${index}.yaml`, text]));
  await makeRepository(repository, files('one'));
  await git(repository, 'checkout', '--quiet', '-b', 'other');
  await writeFiles(repository, files('two'));
  await commitAll(repository, 'Second');
  const watching = await startWatching(join(repository, 'config'));
  for (let round = 0; round < 6; round++) {
    const [branch, text] = round % 2 === 0 ? ['main', 'one'] : ['other', 'two'];
    await watching.notices(
      () => git(repository, 'checkout', '--quiet', branch),
      async () => (await readFile(join(repository, 'config/d19/499.yaml'), 'utf8')) === text,
    );
  }
  expect(watching.problems).toEqual([]);
});
