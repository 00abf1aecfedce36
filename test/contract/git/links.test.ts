import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bodiesOf, commitAll, errorsOf, git, inSandbox, load, makeRepository, writeFiles, yaml } from './checkout.ts';

const at = inSandbox('repository');

describe('symbolic links in a commit', () => {
  it('are followed within it, not on disk', async () => {
    await makeRepository(at.folder, {
      'config/.shared/s.yaml': yaml('s', 1),
      'config/.more/deep/m.yaml': yaml('m', 1),
      'config/v.txt': 'value',
    });
    const config = join(at.folder, 'config');
    await symlink('.shared/s.yaml', join(config, 'linked.yaml'));
    await symlink('.more', join(config, 'folder'));
    await symlink('folder/deep', join(config, 'chain'));
    await symlink('v.txt', join(config, 'w.txt'));
    await writeFiles(config, { 'f.yaml': 'resource: f\nbody: !file w.txt\n' });
    await commitAll(at.folder, 'Links');
    await rm(join(config, '.shared'), { recursive: true });
    await writeFiles(config, { 'v.txt': 'edited' });
    const result = await load(config, { read: 'commit' });
    expect(bodiesOf(result)).toEqual({ s: 1, m: 1, f: 'value' });
    expect(result.state?.resources.map(({ source }) => source.file).toSorted()).toEqual([
      'chain/m.yaml',
      'f.yaml',
      'linked.yaml',
    ]);
  });

  it('are findings when they lead around, out or nowhere', async () => {
    await makeRepository(at.folder, { 'config/a.yaml': yaml('a', 1), 'out.yaml': yaml('out', 1) });
    const config = join(at.folder, 'config');
    await symlink('two', join(config, 'one'));
    await symlink('one', join(config, 'two'));
    await symlink('.', join(config, 'self'));
    await symlink('../out.yaml', join(config, 'out.yaml'));
    await symlink('/etc/passwd', join(config, 'passwd.yaml'));
    await symlink('nothing.yaml', join(config, 'gone.yaml'));
    await symlink('../../nothing.md', join(config, 'README.md'));
    await commitAll(at.folder, 'Links');
    for (const read of ['commit', 'worktree'] as const) {
      expect(errorsOf(await load(config, { read })).toSorted()).toEqual([
        'file-missing gone.yaml',
        'file-outside-roots out.yaml',
        'file-outside-roots passwd.yaml',
        'link-loop one',
        'link-loop self',
        'link-loop two',
      ]);
    }
  });
});

describe('a submodule', () => {
  it('is refused, as its files are not part of the commit', async () => {
    await makeRepository(join(at.path, 'module'), { 'm.yaml': yaml('m', 1) });
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    await git(
      at.folder,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      join(at.path, 'module'),
      'module',
    );
    await commitAll(at.folder, 'Submodule');
    expect(errorsOf(await load(at.folder))).toEqual(['not-a-file module']);
  });
});
