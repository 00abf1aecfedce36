import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { expectRefused, writeBytes, type BadInput } from './bad-input.ts';
import { FILES, type World } from './harness.ts';
import { SECRETS } from './leaks.ts';

const TOO_LARGE = 5 * 1024 * 1024 + 1;
// 0xff is in no UTF-8 text.
const NOT_UTF8 = Buffer.concat([Buffer.from(SECRETS.file), Buffer.from([0xff])]);

/** A document whose values come from these files; no schema describes it, so that nothing else is found. */
function valuesFrom(...paths: readonly string[]): Readonly<Record<string, string>> {
  const members = paths.map((path, index) => `  v${index}: !file ${path}\n`);
  return { 'sub/a.yaml': `resource: x/undescribed\nbody:\n${members.join('')}` };
}

/** The findings about them, in order. */
function codes(...found: readonly string[]): readonly string[] {
  const undescribed = 'unknown-resource sub/a.yaml:1:11 /resource';
  return [undescribed, ...found.map((code, index) => `${code} sub/a.yaml:${index + 3}:7 /body/v${index}`)];
}

/** A link in the desired state. */
async function link(w: World, name: string, target: string): Promise<void> {
  await symlink(target, join(w.folder, 'config', name));
}

const VALUES: readonly BadInput[] = [
  {
    name: 'outside of the roots: by .., by an absolute path, through a link, through a folder that is a link',
    files: valuesFrom('../../given/token', '/etc/hostname', 'token', 'away/token'),
    arrange: async (w) => {
      await w.give('token', SECRETS.file);
      await link(w, 'sub/token', '../../given/token');
      await link(w, 'sub/away', '../../given');
    },
    code: 'file-outside-roots',
    findings: [
      ...codes('file-outside-roots', 'file-outside-roots', 'file-outside-roots', 'file-outside-roots'),
      'file-outside-roots sub/away:1:1',
    ],
    next: /(?:[^]*desiredState\.fileRoots){4}[^]*into the directory/,
  },
  {
    name: 'missing (its name perhaps a secret), a folder, not UTF-8, over 5 MiB',
    files: valuesFrom(SECRETS.file, '../sub', 'binary', 'big'),
    arrange: async (w) => {
      await writeBytes(w, 'sub/binary', NOT_UTF8);
      await writeBytes(w, 'sub/big', Buffer.alloc(TOO_LARGE, SECRETS.file));
    },
    code: 'file-missing',
    findings: codes('file-missing', 'not-a-file', 'not-utf8', 'file-too-large'),
    next: /relative to the YAML file[^]*name a file[^]*save it as UTF-8[^]*check that it is the right file/,
  },
  {
    name: 'behind links in a circle',
    files: valuesFrom('one'),
    arrange: async (w) => {
      await link(w, 'sub/one', 'two.txt');
      await link(w, 'sub/two.txt', 'one');
    },
    code: 'link-loop',
    findings: [...codes('link-loop'), 'link-loop sub/one:1:1', 'link-loop sub/two.txt:1:1'],
    next: /lead one of the links to a file[^]*remove the link[^]*remove the link/,
  },
  {
    name: 'outside of the roots through a link of a commit, or not in the commit',
    files: valuesFrom('token', 'late'),
    arrange: async (w) => {
      await w.give('token', SECRETS.file);
      await link(w, 'sub/token', '../../given/token');
      await w.commit();
      await w.files({ 'sub/late': SECRETS.file });
    },
    code: 'file-outside-roots',
    findings: ['uncommitted', ...codes('file-outside-roots', 'file-missing')],
    next: /desiredState\.fileRoots[^]*only what is committed counts/,
  },
];

describe('a value from a file that is', () => {
  test.each(VALUES)('$name', expectRefused);
});

const ROWS: readonly BadInput[] = [
  {
    name: 'an empty directory',
    files: {},
    ...{ code: 'no-documents', findings: ['no-documents'], next: /never means "delete everything"/ },
  },
  {
    name: 'a directory with nothing but empty documents',
    files: { 'a.yaml': '---\n---\n# nothing\n', '.hidden.yaml': FILES.support, 'notes.txt': FILES.support },
    ...{ code: 'no-documents', findings: ['no-documents'], next: /check desiredState\.directory/ },
  },
  {
    name: 'a commit without a document',
    files: { 'README.md': 'nothing' },
    arrange: async (w) => {
      await w.commit();
      await w.files({ 'a.yaml': FILES.support });
    },
    code: 'no-documents',
    findings: ['no-documents', 'uncommitted'],
    next: /check desiredState\.directory/,
  },
  {
    name: 'a directory that is not there',
    env: { SPS_DESIRED_STATE: 'nowhere' },
    ...{
      code: 'directory-missing',
      findings: ['directory-missing'],
      next: /check the setting desiredState\.directory/,
    },
  },
  {
    name: 'a file for a directory',
    env: { SPS_DESIRED_STATE: 'config/good.yaml' },
    ...{
      code: 'directory-missing',
      findings: ['directory-missing'],
      next: /check the setting desiredState\.directory/,
    },
  },
  {
    name: 'commits wanted where there is no git',
    settings: 'desiredState: { read: commit }\n',
    ...{ code: 'not-a-git-checkout', findings: ['not-a-git-checkout'], next: /read to worktree/ },
  },
  {
    name: 'links to the folder above, to a file that is gone, to a document outside',
    files: { 'sub/a.yaml': FILES.support },
    arrange: async (w) => {
      await w.give('b.yaml', FILES.splunk);
      await link(w, 'sub/up', '..');
      await link(w, 'b.yaml', 'gone.yaml');
      await link(w, 'c.yaml', '../given/b.yaml');
    },
    code: 'file-missing',
    findings: ['file-missing b.yaml:1:1', 'file-outside-roots c.yaml:1:1', 'link-loop sub/up:1:1'],
    next: /put back what it leads to[^]*into the directory[^]*remove the link/,
  },
  {
    name: 'a link that leads to itself, in a commit',
    files: { 'sub/a.yaml': FILES.support },
    arrange: async (w) => {
      await link(w, 'b.yaml', 'b.yaml');
      await w.commit();
    },
    ...{ code: 'link-loop', findings: ['link-loop b.yaml:1:1'], next: /remove the link/ },
  },
  {
    name: 'a document that is not UTF-8',
    files: { 'a.yaml': FILES.support },
    arrange: async (w) => {
      await mkdir(join(w.folder, 'config', 'sub'));
      await writeFile(join(w.folder, 'config', 'sub', 'bad.yaml'), NOT_UTF8);
    },
    ...{ code: 'not-utf8', findings: ['not-utf8 sub/bad.yaml:1:1'], next: /save it as UTF-8/ },
  },
  {
    name: 'a document over 5 MiB',
    arrange: (w) => writeBytes(w, 'big.yaml', Buffer.alloc(TOO_LARGE, `# ${SECRETS.file}\n`)),
    ...{ code: 'file-too-large', findings: ['file-too-large big.yaml:1:1'], next: /split it/ },
  },
];

describe('a place in which there is no desired state', () => {
  test.each(ROWS)('$name', expectRefused);
});
