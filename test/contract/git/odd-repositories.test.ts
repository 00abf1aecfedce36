import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodiesOf, commitAll, errorsOf, git, inSandbox, load, makeRepository, writeFiles, yaml } from './checkout.ts';

const at = inSandbox('repository');

/** A repository of one file, `a.yaml`; gives its commit. */
function makePlain(): Promise<string> {
  return makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
}

/** Runs a shell command in the repository. */
function shell(command: string): void {
  execFileSync('sh', ['-c', command], { cwd: at.folder });
}

describe('the commit that HEAD names is read', () => {
  it.each<[string, () => Promise<string>]>([
    ['in a shallow clone', () => cloned('--depth=1', `file://${at.folder}`)],
    ['in a clone that borrows its objects', () => cloned('--shared', at.folder)],
    ['with packed refs and objects', () => changed('gc', '--quiet')],
    ['without an index', () => removed('.git/index')],
    [
      'with a graft',
      async () => (await writeFile(join(at.folder, '.git/info/grafts'), `${await head()} \n`), at.folder),
    ],
    [
      'with HEAD at a tag',
      async () => (await git(at.folder, 'tag', '-a', '-m', 'tag', 'v1'), changed('checkout', '-q', 'v1')),
    ],
    ['with a configuration that changes what git prints', talkative],
  ])('%s', async (_name, make) => {
    const commit = await makePlain();
    const directory = await make();
    const result = await load(directory);
    expect(bodiesOf(result)).toEqual({ a: 1 });
    expect(result.state?.revision).toMatchObject({ commit, subject: 'First commit', author: 'Author Name' });
    expect(bodiesOf(await load(directory, { read: 'worktree' }))).toEqual({ a: 1 });
  });

  async function cloned(how: string, from: string): Promise<string> {
    await git(at.path, 'clone', '--quiet', how, from, 'clone');
    return join(at.path, 'clone');
  }

  async function changed(...command: readonly string[]): Promise<string> {
    await git(at.folder, ...command);
    return at.folder;
  }

  async function removed(path: string): Promise<string> {
    await rm(join(at.folder, path));
    return at.folder;
  }

  function head(): Promise<string> {
    return git(at.folder, 'rev-parse', 'HEAD');
  }

  async function talkative(): Promise<string> {
    const sections = [
      '[status]\nbranch = true\nshowStash = true\nshort = true\nsubmoduleSummary = true',
      '[log]\ndecorate = full\nshowSignature = true\nfollow = true\n[format]\npretty = raw',
      '[color]\nui = always\n[column]\nui = always\n[alias]\nlog = !false\n[core]\npager = false',
    ];
    await writeFile(join(at.folder, '.git/config'), `${sections.join('\n')}\n`, { flag: 'a' });
    return at.folder;
  }

  it('whole, where the checkout is sparse', async () => {
    await makeRepository(at.folder, { 'in/a.yaml': yaml('a', 1), 'out/b.yaml': yaml('b', 1) });
    await git(at.folder, 'sparse-checkout', 'set', '--cone', '--sparse-index', 'in');
    const result = await load(at.folder);
    expect(bodiesOf(result)).toEqual({ a: 1, b: 1 });
    expect(result.state?.revision.dirty).toBe(false);
  });

  it('in a repository of SHA-256', async () => {
    await mkdir(at.folder);
    await git(at.folder, 'init', '--quiet', '--object-format=sha256');
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 1) });
    const commit = await commitAll(at.folder, 'First commit');
    const { state } = await load(at.folder);
    expect(state?.revision.commit).toBe(commit);
    expect(commit).toMatch(/^[0-9a-f]{64}$/);
  });

  it('and not what a replacement shows in its place', async () => {
    await makePlain();
    await writeFiles(at.path, { other: yaml('a', 'other') });
    const other = await git(at.folder, 'hash-object', '-w', join(at.path, 'other'));
    await git(at.folder, 'replace', 'HEAD:a.yaml', other);
    const result = await load(at.folder);
    expect(bodiesOf(result)).toEqual({ a: 1 });
    expect(result.state?.revision.dirty).toBe(false);
  });

  it('with a message of another encoding, of none that is known, and empty', async () => {
    await makePlain();
    const subjects: (string | null | undefined)[] = [];
    for (const [encoding, message] of [
      ['ISO-8859-1', 'Gr\\366\\337e'],
      ['unknown', 'Gr\\366'],
      ['UTF-8', ''],
    ]) {
      const who = '-c user.name=x -c user.email=x@example.com';
      const flags = '-q --allow-empty --allow-empty-message -F -';
      shell(`printf '${message}' | git -c i18n.commitEncoding=${encoding} ${who} commit ${flags}`);
      subjects.push((await load(at.folder)).state?.revision.subject);
    }
    expect(subjects).toEqual(['Größe', 'Gr\uFFFD', '']);
  });

  it('although the working folder of the program is gone', async () => {
    await makePlain();
    const gone = join(at.path, 'gone');
    await mkdir(gone);
    const before = process.cwd();
    process.chdir(gone);
    try {
      await rm(gone, { recursive: true });
      expect(bodiesOf(await load(at.folder))).toEqual({ a: 1 });
    } finally {
      process.chdir(before);
    }
  });

  it.each([':odd', '[x]*', 'line\nbreak', 'line\nbreak/further\ndown'])('in the folder %j', async (name) => {
    const above = join(at.path, 'line\nabove');
    const commit = await makeRepository(above, { [`${name}/a.yaml`]: yaml('a', 1), 'x/b.yaml': yaml('b', 1) });
    await writeFile(join(above, name, 'a.yaml'), yaml('a', 'edited'));
    const result = await load(join(above, name));
    expect(bodiesOf(result)).toEqual({ a: 1 });
    expect(result.state?.revision).toMatchObject({ commit, dirty: true });
    expect(bodiesOf(await load(join(above, name), { read: 'worktree' }))).toEqual({ a: 'edited' });
  });
});

describe('what is no checkout', () => {
  it('is not one whose packed branch names a commit that is lost', async () => {
    const commit = await makePlain();
    await git(at.folder, 'pack-refs', '--all');
    await rename(join(at.folder, '.git/objects', commit.slice(0, 2)), join(at.path, 'lost'));
    for (const read of ['auto', 'commit', 'worktree'] as const) {
      await expect(load(at.folder, { read })).rejects.toMatchObject({ failure: 'inputUnstable' });
    }
  });

  it('is not one whose packed branches are damaged', async () => {
    await makePlain();
    await git(at.folder, 'pack-refs', '--all');
    await writeFile(join(at.folder, '.git/packed-refs'), 'garbage\n');
    await expect(load(at.folder)).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('git rev-parse failed: fatal: ') as string,
    });
  });

  it('is not one that was set to bare: only "worktree" reads it', async () => {
    await makePlain();
    await git(at.folder, 'config', 'core.bare', 'true');
    for (const read of ['auto', 'commit'] as const) {
      const result = await load(at.folder, { read });
      expect(result).toMatchObject({ state: null, findings: [{ severity: 'error', code: 'bare-repository' }] });
      expect(result.findings[0]?.hint).toContain('core.bare');
    }
    const result = await load(at.folder, { read: 'worktree' });
    expect(bodiesOf(result)).toEqual({ a: 1 });
    expect(result.state?.revision.commit).toBeNull();
  });

  it('is a folder inside of .git, and one whose repository has its checkout elsewhere', async () => {
    await makePlain();
    await writeFiles(at.folder, { '.git/inside/b.yaml': yaml('b', 1) });
    expect(bodiesOf(await load(join(at.folder, '.git/inside')))).toEqual({ b: 1 });
    await mkdir(join(at.path, 'elsewhere'));
    await git(at.folder, 'config', 'core.worktree', join(at.path, 'elsewhere'));
    expect((await load(at.folder)).state?.revision.commit).toBeNull();
  });
});

describe('what a commit holds beside files', () => {
  it.each(['commit', 'worktree'] as const)('names that are not UTF-8 are findings (%s)', async (read) => {
    await makePlain();
    const document = "printf 'resource: b\\nbody: 1\\n'";
    shell(`for x in '\\377' '\\376'; do ${document} > "$(printf "n$x.yaml")"; done`);
    shell(`mkdir "$(printf 'd\\377')" && ${document} > "$(printf 'd\\377')/b.yaml"; echo > "$(printf 'n\\377.txt')"`);
    await commitAll(at.folder, 'Names');
    const names = ['d\uFFFD', 'n\uFFFD.yaml', 'n\uFFFD.yaml'].map((name) => `name-not-utf8 ${name}`);
    expect(new Set(errorsOf(await load(at.folder, { read })))).toEqual(new Set(names));
  });

  it('a submodule whose name has an ending is a finding, and no file is in it', async () => {
    await makePlain();
    await writeFiles(at.folder, { 'v.yaml': 'resource: v\nbody: {a: !file module.d, b: !file module.d/m.yaml}\n' });
    await git(at.folder, 'add', '--all');
    await git(at.folder, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module.d`);
    await git(at.folder, 'commit', '--quiet', '--message=Module');
    const result = await load(at.folder);
    expect(errorsOf(result).toSorted()).toEqual(['file-missing v.yaml', 'not-a-file module.d', 'not-a-file v.yaml']);
    expect(result.findings.filter(({ message }) => message.includes('submodule'))).toHaveLength(2);
  });

  it('links are followed as on disk', async () => {
    await makePlain();
    await writeFiles(at.path, { 'far.yaml': yaml('far', 1), 'repository/sub/v.txt': 'value' });
    const links = {
      'up.yaml': 'sub/.././a.yaml',
      'slash.yaml': 'a.yaml/',
      'dot.yaml': 'a.yaml/.',
      'way.yaml': 'no/../a.yaml',
      'far.yaml': 'sub/../../far.yaml',
      'self.yaml': 'self.yaml',
    };
    for (const [name, target] of Object.entries(links)) await symlink(target, join(at.folder, name));
    await commitAll(at.folder, 'Links');
    for (const read of ['commit', 'worktree'] as const) {
      expect(errorsOf(await load(at.folder, { read })).toSorted()).toEqual([
        'file-missing dot.yaml',
        'file-missing slash.yaml',
        'file-missing way.yaml',
        'file-outside-roots far.yaml',
        'link-loop self.yaml',
      ]);
    }
  });

  it('a link that is no path of any file system leads to nothing', async () => {
    await makePlain();
    await writeFiles(at.path, { target: 'a/'.repeat(2_100) });
    const target = await git(at.folder, 'hash-object', '-w', join(at.path, 'target'));
    await git(at.folder, 'update-index', '--add', '--cacheinfo', `120000,${target},long.yaml`);
    await git(at.folder, 'commit', '--quiet', '--message=Link');
    expect(errorsOf(await load(at.folder))).toEqual(['file-missing long.yaml']);
  });
});
