import { chown, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { bodiesOf, commitAll, git, inSandbox, load, makeRepository, writeFiles, yaml } from './checkout.ts';

const at = inSandbox('repository');

describe('a clean checkout', () => {
  it('gives the files of HEAD with what git says about it', async () => {
    const commit = await makeRepository(at.folder, { 'a.yaml': yaml('a', 1), 'deep/er/b.yml': yaml('b', { c: [2] }) });
    const result = await load(at.folder);
    expect(bodiesOf(result)).toEqual({ a: 1, b: { c: [2] } });
    expect(result).toMatchObject({ source: 'commit', files: 2, documents: 2 });
    expect(result.state?.revision).toMatchObject({
      commit,
      subject: 'First commit',
      author: 'Author Name',
      dirty: false,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    });
  });

  it('leaves out hidden files and folders, and other files', async () => {
    await makeRepository(at.folder, {
      'a.yaml': yaml('a', 1),
      '.hidden.yaml': yaml('h', 1),
      '.github/w.yaml': yaml('w', 1),
      'README.md': 'resource: no',
    });
    expect(Object.keys(bodiesOf(await load(at.folder)))).toEqual(['a']);
  });

  it('has an author and a subject outside of ASCII, and a file name with spaces', async () => {
    await makeRepository(at.folder, { 'ä b.yaml': yaml('a', 1) });
    await git(
      at.folder,
      'commit',
      '--quiet',
      '--allow-empty',
      '--author=Zoë Ünal <zoe@example.com>',
      '-m',
      'Größe\nsecond line\n\nbody',
    );
    const { state } = await load(at.folder);
    expect(state?.revision).toMatchObject({ author: 'Zoë Ünal', subject: 'Größe second line' });
    expect(state?.resources[0]?.source).toEqual({ file: 'ä b.yaml', line: 1, column: 1 });
  });
});

describe('uncommitted changes', () => {
  beforeEach(async () => {
    await makeRepository(at.folder, {
      'a.yaml': yaml('a', 'committed'),
      'v.txt': 'committed',
      'b.yaml': 'resource: b\nbody: !file v.txt\n',
    });
  });

  const edits: Readonly<Record<string, () => Promise<unknown>>> = {
    'an edit': () => writeFile(join(at.folder, 'a.yaml'), 'half: [written'),
    'a staged edit': async () => {
      await writeFile(join(at.folder, 'v.txt'), 'edited');
      await git(at.folder, 'add', '--all');
    },
    'a new file': () => writeFile(join(at.folder, 'new.yaml'), yaml('new', 1)),
    'a deleted file': () => rm(join(at.folder, 'b.yaml')),
  };

  it.each(Object.entries(edits))('%s is not read, but makes the revision dirty', async (_name, edit) => {
    await edit();
    const result = await load(at.folder, { read: 'commit' });
    expect(bodiesOf(result)).toEqual({ a: 'committed', b: 'committed' });
    expect(result.state?.revision.dirty).toBe(true);
  });

  it('beside the directory do not count', async () => {
    await writeFiles(at.folder, { 'config/c.yaml': yaml('c', 1) });
    await commitAll(at.folder, 'Add config');
    await writeFile(join(at.folder, 'a.yaml'), 'edited');
    expect((await load(join(at.folder, 'config'))).state?.revision.dirty).toBe(false);
  });

  it('are read with "worktree", values included, and named by the same commit', async () => {
    const commit = await git(at.folder, 'rev-parse', 'HEAD');
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 'edited'), 'v.txt': 'edited' });
    const result = await load(at.folder, { read: 'worktree' });
    expect(bodiesOf(result)).toEqual({ a: 'edited', b: 'edited' });
    expect(result.source).toBe('worktree');
    expect(result.state?.revision).toMatchObject({ commit, dirty: true });
  });
});

describe('where the directory is', () => {
  it('a folder of a repository: only what is below it is read', async () => {
    await makeRepository(at.folder, {
      'x.yaml': yaml('x', 1),
      'config/a.yaml': yaml('a', 1),
      'config2/b.yaml': yaml('b', 1),
    });
    const result = await load(join(at.folder, 'config'));
    expect(bodiesOf(result)).toEqual({ a: 1 });
    expect(result.state?.resources[0]?.source.file).toBe('a.yaml');
  });

  it('a linked worktree, where .git is a file', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 'main') });
    const worktree = join(at.path, 'worktree');
    await git(at.folder, 'worktree', 'add', '--quiet', '-b', 'other', worktree);
    await writeFiles(worktree, { 'a.yaml': yaml('a', 'other') });
    const commit = await commitAll(worktree, 'Other');
    const result = await load(worktree, { read: 'commit' });
    expect(bodiesOf(result)).toEqual({ a: 'other' });
    expect(result.state?.revision).toMatchObject({ commit, subject: 'Other', dirty: false });
  });

  it('behind a symbolic link', async () => {
    const commit = await makeRepository(at.folder, {
      'config/a.yaml': yaml('a', 1),
      'config/v.txt': 'v',
      'config/b.yaml': 'resource: b\nbody: !file v.txt\n',
    });
    await symlink(join(at.folder, 'config'), join(at.path, 'link'));
    const result = await load(join(at.path, 'link'), { read: 'commit' });
    expect(bodiesOf(result)).toEqual({ a: 1, b: 'v' });
    expect(result.state?.revision.commit).toBe(commit);
  });

  it.skipIf(process.getuid?.() !== 0)('a repository of somebody else', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    for (const name of [
      '',
      '.git',
      'a.yaml',
      ...(await readdir(join(at.folder, '.git'))).map((entry) => `.git/${entry}`),
    ]) {
      await chown(join(at.folder, name), 12345, 12345);
    }
    await expect(git(at.folder, 'status')).rejects.toThrow(/dubious ownership/);
    expect(bodiesOf(await load(at.folder, { read: 'commit' }))).toEqual({ a: 1 });
  });

  it('a repository, while the environment points git elsewhere', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    const variables = { GIT_DIR: '/nonexistent', GIT_WORK_TREE: '/nonexistent', GIT_INDEX_FILE: '/nonexistent' };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    try {
      expect(bodiesOf(await load(at.folder, { read: 'commit', variables }))).toEqual({ a: 1 });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('directories without a commit to read', () => {
  const cases: Readonly<Record<string, { make: () => Promise<string>; code: string }>> = {
    'outside of git': {
      code: 'not-a-git-checkout',
      make: async () => {
        await writeFiles(at.folder, { 'a.yaml': yaml('a', 1) });
        return at.folder;
      },
    },
    'in a repository without commits': {
      code: 'no-commits',
      make: async () => {
        await writeFiles(at.folder, { 'a.yaml': yaml('a', 1) });
        await git(at.folder, 'init', '--quiet');
        return at.folder;
      },
    },
    'that HEAD does not track': {
      code: 'directory-untracked',
      make: async () => {
        await makeRepository(at.folder, { 'x.yaml': yaml('x', 1), 'local2/x.yaml': yaml('x2', 1) });
        await writeFiles(at.folder, { 'local/a.yaml': yaml('a', 1) });
        return join(at.folder, 'local');
      },
    },
  };

  it.each(Object.entries(cases))('%s: read as without git', async (_name, { make }) => {
    const directory = await make();
    for (const read of ['auto', 'worktree'] as const) {
      const result = await load(directory, { read });
      expect(bodiesOf(result)).toEqual({ a: 1 });
      expect(result.source).toBe('worktree');
      expect(result.state?.revision).toMatchObject({ commit: null, subject: null, author: null, dirty: false });
    }
  });

  it.each(Object.entries(cases))('%s: "commit" is a finding', async (_name, { make, code }) => {
    const result = await load(await make(), { read: 'commit' });
    expect(result).toMatchObject({ state: null, source: 'commit', findings: [{ severity: 'error', code }] });
  });
});

describe('a machine without git', () => {
  const variables = { PATH: '/nonexistent' };

  it('reads a directory outside of git', async () => {
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 1) });
    expect(bodiesOf(await load(at.folder, { variables }))).toEqual({ a: 1 });
  });

  it.each(['auto', 'commit', 'worktree'] as const)('refuses a checkout (%s)', async (read) => {
    await makeRepository(at.folder, { 'config/a.yaml': yaml('a', 1) });
    const result = await load(join(at.folder, 'config'), { read, variables });
    expect(result).toMatchObject({ state: null, findings: [{ code: 'git-missing' }] });
  });
});

describe('a damaged repository', () => {
  it('whose .git file leads nowhere is an input error that names the command', async () => {
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 1), '.git': 'gitdir: /nonexistent/repository\n' });
    await expect(load(at.folder)).rejects.toMatchObject({
      failure: 'inputInvalid',
      message: expect.stringMatching(/^git rev-parse failed: fatal: /) as string,
    });
  });

  it.each(['', 'garbage', '0123456789012345678901234567890123456789\n'])(
    'whose branch is %j is unstable input',
    async (ref) => {
      await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
      await writeFile(join(at.folder, '.git/refs/heads/main'), ref);
      for (const read of ['auto', 'commit', 'worktree'] as const) {
        await expect(load(at.folder, { read })).rejects.toMatchObject({ failure: 'inputUnstable' });
      }
    },
  );

  it('whose HEAD is empty is an input error', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    await writeFile(join(at.folder, '.git/HEAD'), '');
    await expect(load(at.folder)).rejects.toMatchObject({ failure: 'inputInvalid' });
  });

  it('that lacks an object is unstable input', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    const object = await git(at.folder, 'rev-parse', 'HEAD:a.yaml');
    const objects = join(at.folder, '.git', 'objects');
    // The file alone: another object may lie in the same folder.
    await rename(join(objects, object.slice(0, 2), object.slice(2)), join(at.path, 'lost'));
    await expect(load(at.folder)).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: 'git cat-file failed: the object is missing',
    });
  });
});
