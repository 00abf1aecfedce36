import { chown, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  bodiesOf,
  commitAll,
  git,
  load,
  makeRepository,
  makeSandbox,
  writeFiles,
  yaml,
  type Sandbox,
} from './checkout.ts';

let sandbox: Sandbox;
let repository: string;

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = join(sandbox.path, 'repository');
});
afterEach(() => sandbox.remove());

describe('a clean checkout', () => {
  it('gives the files of HEAD with what git says about it', async () => {
    const commit = await makeRepository(repository, { 'a.yaml': yaml('a', 1), 'deep/er/b.yml': yaml('b', { c: [2] }) });
    const result = await load(repository);
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
    await makeRepository(repository, {
      'a.yaml': yaml('a', 1),
      '.hidden.yaml': yaml('h', 1),
      '.github/w.yaml': yaml('w', 1),
      'README.md': 'resource: no',
    });
    expect(Object.keys(bodiesOf(await load(repository)))).toEqual(['a']);
  });

  it('has an author and a subject outside of ASCII, and a file name with spaces', async () => {
    await makeRepository(repository, { 'ä b.yaml': yaml('a', 1) });
    await git(
      repository,
      'commit',
      '--quiet',
      '--allow-empty',
      '--author=Zoë Ünal <zoe@example.com>',
      '-m',
      'Größe\nsecond line\n\nbody',
    );
    const { state } = await load(repository);
    expect(state?.revision).toMatchObject({ author: 'Zoë Ünal', subject: 'Größe second line' });
    expect(state?.resources[0]?.source).toEqual({ file: 'ä b.yaml', line: 1, column: 1 });
  });
});

describe('uncommitted changes', () => {
  beforeEach(async () => {
    await makeRepository(repository, {
      'a.yaml': yaml('a', 'committed'),
      'v.txt': 'committed',
      'b.yaml': 'resource: b\nbody: !file v.txt\n',
    });
  });

  const edits: Readonly<Record<string, () => Promise<unknown>>> = {
    'an edit': () => writeFile(join(repository, 'a.yaml'), 'half: [written'),
    'a staged edit': async () => {
      await writeFile(join(repository, 'v.txt'), 'edited');
      await git(repository, 'add', '--all');
    },
    'a new file': () => writeFile(join(repository, 'new.yaml'), yaml('new', 1)),
    'a deleted file': () => rm(join(repository, 'b.yaml')),
  };

  it.each(Object.entries(edits))('%s is not read, but makes the revision dirty', async (_name, edit) => {
    await edit();
    const result = await load(repository, { read: 'commit' });
    expect(bodiesOf(result)).toEqual({ a: 'committed', b: 'committed' });
    expect(result.state?.revision.dirty).toBe(true);
  });

  it('beside the directory do not count', async () => {
    await writeFiles(repository, { 'config/c.yaml': yaml('c', 1) });
    await commitAll(repository, 'Add config');
    await writeFile(join(repository, 'a.yaml'), 'edited');
    expect((await load(join(repository, 'config'))).state?.revision.dirty).toBe(false);
  });

  it('are read with "worktree", values included, and named by the same commit', async () => {
    const commit = await git(repository, 'rev-parse', 'HEAD');
    await writeFiles(repository, { 'a.yaml': yaml('a', 'edited'), 'v.txt': 'edited' });
    const result = await load(repository, { read: 'worktree' });
    expect(bodiesOf(result)).toEqual({ a: 'edited', b: 'edited' });
    expect(result.source).toBe('worktree');
    expect(result.state?.revision).toMatchObject({ commit, dirty: true });
  });
});

describe('where the directory is', () => {
  it('a folder of a repository: only what is below it is read', async () => {
    await makeRepository(repository, {
      'x.yaml': yaml('x', 1),
      'config/a.yaml': yaml('a', 1),
      'config2/b.yaml': yaml('b', 1),
    });
    const result = await load(join(repository, 'config'));
    expect(bodiesOf(result)).toEqual({ a: 1 });
    expect(result.state?.resources[0]?.source.file).toBe('a.yaml');
  });

  it('a linked worktree, where .git is a file', async () => {
    await makeRepository(repository, { 'a.yaml': yaml('a', 'main') });
    const worktree = join(sandbox.path, 'worktree');
    await git(repository, 'worktree', 'add', '--quiet', '-b', 'other', worktree);
    await writeFiles(worktree, { 'a.yaml': yaml('a', 'other') });
    const commit = await commitAll(worktree, 'Other');
    const result = await load(worktree, { read: 'commit' });
    expect(bodiesOf(result)).toEqual({ a: 'other' });
    expect(result.state?.revision).toMatchObject({ commit, subject: 'Other', dirty: false });
  });

  it('behind a symbolic link', async () => {
    const commit = await makeRepository(repository, {
      'config/a.yaml': yaml('a', 1),
      'config/v.txt': 'v',
      'config/b.yaml': 'resource: b\nbody: !file v.txt\n',
    });
    await symlink(join(repository, 'config'), join(sandbox.path, 'link'));
    const result = await load(join(sandbox.path, 'link'), { read: 'commit' });
    expect(bodiesOf(result)).toEqual({ a: 1, b: 'v' });
    expect(result.state?.revision.commit).toBe(commit);
  });

  it.skipIf(process.getuid?.() !== 0)('a repository of somebody else', async () => {
    await makeRepository(repository, { 'a.yaml': yaml('a', 1) });
    for (const name of [
      '',
      '.git',
      'a.yaml',
      ...(await readdir(join(repository, '.git'))).map((entry) => `.git/${entry}`),
    ]) {
      await chown(join(repository, name), 12345, 12345);
    }
    await expect(git(repository, 'status')).rejects.toThrow(/dubious ownership/);
    expect(bodiesOf(await load(repository, { read: 'commit' }))).toEqual({ a: 1 });
  });

  it('a repository, while the environment points git elsewhere', async () => {
    await makeRepository(repository, { 'a.yaml': yaml('a', 1) });
    const variables = { GIT_DIR: '/nonexistent', GIT_WORK_TREE: '/nonexistent', GIT_INDEX_FILE: '/nonexistent' };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    try {
      expect(bodiesOf(await load(repository, { read: 'commit', variables }))).toEqual({ a: 1 });
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
        await writeFiles(repository, { 'a.yaml': yaml('a', 1) });
        return repository;
      },
    },
    'in a repository without commits': {
      code: 'no-commits',
      make: async () => {
        await writeFiles(repository, { 'a.yaml': yaml('a', 1) });
        await git(repository, 'init', '--quiet');
        return repository;
      },
    },
    'that HEAD does not track': {
      code: 'directory-untracked',
      make: async () => {
        await makeRepository(repository, { 'x.yaml': yaml('x', 1), 'local2/x.yaml': yaml('x2', 1) });
        await writeFiles(repository, { 'local/a.yaml': yaml('a', 1) });
        return join(repository, 'local');
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
    await writeFiles(repository, { 'a.yaml': yaml('a', 1) });
    expect(bodiesOf(await load(repository, { variables }))).toEqual({ a: 1 });
  });

  it.each(['auto', 'commit', 'worktree'] as const)('refuses a checkout (%s)', async (read) => {
    await makeRepository(repository, { 'config/a.yaml': yaml('a', 1) });
    const result = await load(join(repository, 'config'), { read, variables });
    expect(result).toMatchObject({ state: null, findings: [{ code: 'git-missing' }] });
  });
});

describe('a damaged repository', () => {
  it('whose .git file leads nowhere is an input error that names the command', async () => {
    await writeFiles(repository, { 'a.yaml': yaml('a', 1), '.git': 'gitdir: /nonexistent/repository\n' });
    await expect(load(repository)).rejects.toMatchObject({
      failure: 'inputInvalid',
      message: expect.stringMatching(/^git rev-parse failed: fatal: /) as string,
    });
  });

  it.each(['', 'garbage', '0123456789012345678901234567890123456789\n'])(
    'whose branch is %j is unstable input',
    async (ref) => {
      await makeRepository(repository, { 'a.yaml': yaml('a', 1) });
      await writeFile(join(repository, '.git/refs/heads/main'), ref);
      for (const read of ['auto', 'commit', 'worktree'] as const) {
        await expect(load(repository, { read })).rejects.toMatchObject({ failure: 'inputUnstable' });
      }
    },
  );

  it('whose HEAD is empty is an input error', async () => {
    await makeRepository(repository, { 'a.yaml': yaml('a', 1) });
    await writeFile(join(repository, '.git/HEAD'), '');
    await expect(load(repository)).rejects.toMatchObject({ failure: 'inputInvalid' });
  });

  it('that lacks an object is unstable input', async () => {
    await makeRepository(repository, { 'a.yaml': yaml('a', 1) });
    const object = await git(repository, 'rev-parse', 'HEAD:a.yaml');
    const objects = join(repository, '.git', 'objects');
    await rename(join(objects, object.slice(0, 2)), join(sandbox.path, 'lost'));
    await expect(load(repository)).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: 'git cat-file failed: the object is missing',
    });
  });
});
