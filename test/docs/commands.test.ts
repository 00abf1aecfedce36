import { expect, test } from 'vitest';
import { commandLine, listed } from './command-help.ts';
import { blocks, cell, code, codes, section, table } from './readme.ts';
import { scan, source } from './sources.ts';

const FLAGS = ['Command', 'Flag', 'Meaning'];
const COMMANDS = table('Commands', ['Command', 'Does', 'Exit']).map((row) => code(row, 'Command'));
const HELP = '-h, --help';

/** The flags of a command as its help lists them, without `--help`. */
async function flagsOf(command: string): Promise<ReadonlyMap<string, string>> {
  const flags = new Map(listed((await commandLine(command, '--help')).stdout, 'Options'));
  expect(flags.delete(HELP)).toBe(true);
  return flags;
}

test('the commands are those of the program', async () => {
  const { stdout } = await commandLine('--help');
  const names = [...listed(stdout, 'Commands').keys()].map((term) => term.split(' ')[0] ?? '');
  expect([...COMMANDS, 'help'].toSorted()).toEqual(names.toSorted());
});

test.each(COMMANDS)('the flags of %s are those of the program', async (command) => {
  const rows = table('Commands', FLAGS).filter((row) => code(row, 'Command') === command);
  const flags = await flagsOf(command);
  expect(rows.map((row) => code(row, 'Flag'))).toEqual([...flags.keys()]);
});

test('every flag belongs to a command', () => {
  expect(table('Commands', FLAGS).map((row) => code(row, 'Command'))).toSatisfy((names: readonly string[]) =>
    names.every((name) => COMMANDS.includes(name)),
  );
});

test('choices and defaults of flags are told', async () => {
  for (const row of table('Commands', FLAGS)) {
    const description = (await flagsOf(code(row, 'Command'))).get(code(row, 'Flag')) ?? '';
    const choices = [...description.matchAll(/"([^"]+)"/g)].map(([, choice]) => choice);
    expect(codes(cell(row, 'Meaning'))).toEqual(expect.arrayContaining(choices));
    const [, byDefault] = /default: "?([^")]+)/.exec(description) ?? [];
    if (byDefault !== undefined) expect(cell(row, 'Meaning')).toMatch(new RegExp(`\\b${byDefault}\\b.*default`));
  }
});

test('arguments are told', async () => {
  for (const row of table('Commands', ['Command', 'Does', 'Exit'])) {
    const { stdout } = await commandLine(code(row, 'Command'), '--help');
    const [, argument] = /^Usage: .*\[options\] (.+)$/m.exec(stdout) ?? [];
    expect(codes(cell(row, 'Does'))).toEqual(argument === undefined ? [] : [argument]);
  }
});

const [, refusedText = ''] = /Refused as not built, .*?: (.*?)\.\n/s.exec(section('Commands')) ?? [];
const REFUSED = codes(refusedText);

test.each(REFUSED)('%s is refused as not built', async (usage) => {
  const { code: exit, stderr } = await commandLine(
    ...usage.split(' '),
    ...(usage.endsWith('--from') ? ['folder'] : []),
  );
  expect(exit).toBe(64);
  expect(stderr).toMatch(/not built/);
});

test('everything that the program refuses as not built is told', () => {
  const text = source('src/commands/command-line.ts');
  const [, names = ''] = /const NOT_BUILT = \[(.*?)\]/s.exec(text) ?? [];
  const flags = scan(text, /refuse\('(--[a-z-]+)/g);
  const refused = [...scan(names, /'([a-z]+)'/g), ...flags];
  expect(REFUSED.map((usage) => usage.split(' ').at(-1) ?? '').toSorted()).toEqual(refused.toSorted());
});

test('the examples in shell use what there is', async () => {
  const lines = blocks('sh').flatMap((block) => block.trim().split('\n'));
  const usages = lines.filter((line) => line.startsWith('sps-gitops ')).map((line) => line.split(' ').slice(1));
  expect(usages.length).toBeGreaterThan(0);
  for (const [command = '', ...rest] of usages) {
    expect(COMMANDS).toContain(command);
    const known = [...(await flagsOf(command)).keys()].map((term) => term.split(' ')[0]);
    expect(known).toEqual(expect.arrayContaining(rest.filter((word) => word.startsWith('--'))));
  }
});

test('the first commands stand there word for word', () => {
  expect(blocks('sh').slice(0, 3)).toEqual([
    'npm ci && npm start\n',
    'npm ci && npm run demo\n',
    'npm ci && npm test\n',
  ]);
});
