import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT } from '../resource-schemas.ts';
import { code, README, table } from './readme.ts';
import { source } from './sources.ts';

const PACKAGE = JSON.parse(source('package.json')) as {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
};
const LINKS = [...README.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');

test('there are links to check', () => {
  expect(LINKS.length).toBeGreaterThan(5);
});

test.each(LINKS.filter((link) => !link.startsWith('#')))('the link %s leads to something', (link) => {
  expect(existsSync(new URL(link, ROOT))).toBe(true);
});

test.each(LINKS.filter((link) => link.startsWith('#')))('the link %s leads to a heading', (link) => {
  const headings = [...README.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text?.toLowerCase().replaceAll(',', '').replaceAll(' ', '-'),
  );
  expect(headings).toContain(link.slice(1));
});

test('the scripts are those of package.json', () => {
  const told = table('Development', ['Script', 'Does']).map((row) => code(row, 'Script').replace('npm run ', ''));
  expect(told.toSorted()).toEqual(Object.keys(PACKAGE.scripts).toSorted());
});

test('every npm script that is named exists', () => {
  const named = [...README.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => name ?? '');
  expect(named).toContain('demo');
  expect(Object.keys(PACKAGE.scripts)).toEqual(expect.arrayContaining(named.filter((name) => name !== 'ci')));
});

test('the folders are those of the tree', () => {
  const told = table('Development', ['Folder', 'What lives there']).map((row) => code(row, 'Folder'));
  const folders = readdirSync(new URL('src/', ROOT), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(told.filter((name) => name.startsWith('src/')).toSorted()).toEqual(
    folders.map(({ name }) => `src/${name}`).toSorted(),
  );
  for (const name of told) expect([name, existsSync(new URL(name, ROOT))]).toEqual([name, true]);
});

test('README and CHANGELOG name the version and the runtime of package.json', () => {
  expect(README).toContain(`version ${PACKAGE.version} `);
  expect(source('CHANGELOG.md')).toMatch(new RegExp(`^## ${PACKAGE.version.replaceAll('.', String.raw`\.`)} – `, 'm'));
  expect(README).toContain(`Node.js ${PACKAGE.engines.node.replace('>=', '')} or later`);
});

// Test files share their workers, in which a helper is imported once: such a hook would be for the first file alone.
test('no helper of the tests has hooks or variables for whoever imports it', () => {
  const helpers = readdirSync(new URL('test/', ROOT), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  expect(helpers.length).toBeGreaterThan(40);
  const hooked = helpers.filter((name) => /^(?:before|after)(?:Each|All)\(|^let /m.test(source(`test/${name}`)));
  // Its variable is set anew before each test.
  expect(hooked).toEqual(['unit/settings/harness.ts']);
});
