import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../resource-schemas.ts';
import { listening } from '../listening.ts';
import { FILES, world, worldInside, type World } from './harness.ts';
import { askOurs, formsOf, LeakScan, leakScan, SECRETS } from './leaks.ts';

const UNDESCRIBED = `resource: management/root_password\nbody: { a: ${SECRETS.unknown} }\n`;

const withUnknown = (how: typeof world) =>
  how(
    { 'a.yaml': UNDESCRIBED, 'support.yaml': FILES.support },
    { configuration: { 'management/root_password': { a: 'b' } } },
  );

const where = (leaks: readonly string[]) => [...new Set(leaks.map((leak) => leak.replace(/(: \w+ \(.*?\)).*/s, '$1')))];

describe('a secret is found', () => {
  const around = ['', 'x', 'xy', 'xyz'];

  test.each(Object.entries(SECRETS))('%s, in every form and place', (name, secret) => {
    const json = JSON.stringify({ a: `b${secret}c` });
    const texts = [
      ...around.flatMap((before) => [
        ...around.map((after) => Buffer.from(`${before}${secret}${after}`).toString('base64')),
        ...around.map((after) => Buffer.from(`${before}${secret}${after}`).toString('base64url')),
      ]),
      ...[json, JSON.stringify({ json }), `a${secret}b`, new URLSearchParams({ [secret]: '' }).toString()],
      ...[Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('hex').toUpperCase()],
    ];
    for (const text of texts) {
      const scan = new LeakScan();
      scan.take('here', text);
      scan.take('there', Buffer.concat([Buffer.from([0xff, 0x00]), Buffer.from(text), Buffer.from([0xfe])]));
      expect(where(scan.leaks()).map((leak) => leak.replace(/\(.*\)/, ''))).toEqual([
        `here: ${name} `,
        `there: ${name} `,
      ]);
      // What is said of it does not say it again.
      for (const form of formsOf(secret)) expect(scan.leaks().join()).not.toContain(form.text);
    }
  });

  test('one that a test made up for itself, by how it begins', () => {
    const scan = new LeakScan();
    scan.take('stdout', `a ${Buffer.from('MARKED-of-my-own').toString('base64')} z`);
    expect(where(scan.leaks())).toEqual(['stdout: marked (base64)']);
  });

  test('a session, but for the state directory, which has to hold it', () => {
    const scan = new LeakScan();
    scan.take('stdout', 'a 0123456789abcdef z');
    scan.take('file state/transaction.json', 'a 0123456789abcdef z', 'allowed');
    expect(scan.leaks()).toEqual([]);
    scan.mark('session', '0123456789abcdef');
    expect(where(scan.leaks())).toEqual(['stdout: session (plain)']);
  });
});

// What a test of the suite would not notice, were it not for the check after it: each of these has to fail by that alone.
describe('what the program gives away fails the test that made it do so', () => {
  const found = new Map<string, readonly string[]>();

  /** Keeps what is found in the world, and leaves it there. */
  async function leaking(name: string, w: Pick<World, 'leaks'>, isReached: boolean): Promise<void> {
    if (isReached) found.set(name, where(await w.leaks()));
  }

  test.fails('on stdout, of a program that is awaited', async () => {
    const w = await withUnknown(world);
    const { code } = await w.run(['plan', '--show-unknown']);
    await leaking('run', w, code === 2);
  });

  test.fails('on stdout, of a command that runs inside', async () => {
    const w = await withUnknown(worldInside);
    const { code } = await w.run(['plan', '--show-unknown']);
    await leaking('inside', w, code === 2);
  });

  test.fails('on stderr, of a program that nobody awaits', async () => {
    const w = await withUnknown(world);
    const child = w.start(['apply', `--${SECRETS.file}`]);
    await new Promise((resolve) => child.stderr.once('data', resolve));
    await leaking('start', w, true);
  });

  test.fails('in a file', async () => {
    const w = await withUnknown(worldInside);
    // Beginning like a folder that is left out.
    const { code } = await w.run(['plan', '--show-unknown', '--out', join(w.folder, 'config.json')]);
    await leaking('file', w, code === 2);
  });

  test.fails('in the state directory', async () => {
    const w = await withUnknown(worldInside);
    await w.run(['apply', '--json']);
    await writeFile(join(w.folder, 'state', 'more.json'), SECRETS.liveToken);
    await leaking('state', w, true);
  });

  test.fails('in a commit message', async () => {
    const w = await worldInside({ 'support.yaml': FILES.support });
    await w.commit(`from ${SECRETS.unknown}`);
    const { code } = await w.run(['apply', '--yes']);
    await leaking('commit', w, code === 0);
  });

  test.fails('in an HTTP answer', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('x-token', Buffer.from(SECRETS.file).toString('base64')).end(SECRETS.unknown);
    });
    const scan = leakScan();
    const answer = await askOurs(scan, `http://127.0.0.1:${await listening(server)}/`);
    await leaking('HTTP', { leaks: () => Promise.resolve(scan.leaks()) }, answer.status === 200);
  });

  test('each was found where it was', () => {
    const [stdout, commit] = ['stdout: unknown (plain)', 'commit: unknown (plain)'];
    expect(Object.fromEntries(found)).toEqual({
      run: [stdout],
      inside: [stdout],
      start: ['stderr: file (plain)'],
      file: [stdout, 'file config.json: unknown (plain)'],
      state: ['file state/more.json: liveToken (plain)'],
      // The log tells the revision by its subject.
      commit: [commit, 'stderr: unknown (plain)'],
      HTTP: ['HTTP answer: file (base64)', 'HTTP answer: unknown (plain)'],
    });
  });
});

test('what a test itself wrote for the program is no leak', async () => {
  const w = await worldInside({ 'a.yaml': `# ${SECRETS.unknown}\n${FILES.support}` });
  await w.give('given.txt', SECRETS.file);
  expect(await w.leaks()).toEqual([]);
});

describe('every test that starts the program does it by a world, or has a scan of its own', () => {
  /** Whoever can do so, and where to look instead: the harnesses, and what has no secret at hand. */
  const STARTERS: Readonly<Record<string, RegExp>> = {
    'process/harness.ts': /new LeakScan\(\)/,
    'process/inside.ts': /export async function runInside/,
    'process/leaks.test.ts': /leakScan\(\)/,
    'docs/log-fields.test.ts': /leakScan\(\)/,
    'docs/command-help.ts': /runInside\(args, '\/', \{\},/,
  };
  const sources = readdirSync(new URL('test/', ROOT), { recursive: true, encoding: 'utf8' })
    // Neither is part of `npm test`.
    .filter((name) => name.endsWith('.ts') && !/^(?:bench|image)\//.test(name))
    .map((name) => [name, readFileSync(new URL(`test/${name}`, ROOT), 'utf8')] as const);
  const starts = /'dist\/(?:cli|demo)\.js'|\brunCli\b|\brunInside\(/;

  test('nobody else starts it', () => {
    const starters = sources.filter(([, text]) => starts.test(text)).map(([name]) => name);
    expect(starters.toSorted()).toEqual(Object.keys(STARTERS).toSorted());
  });

  test.each(Object.entries(STARTERS))('%s is what it is said to be', (name, expected) => {
    expect(sources.find(([one]) => one === name)?.[1]).toMatch(expected);
  });

  test('of our own HTTP endpoints, nobody reads an answer past the scan', () => {
    const askers = sources.filter(
      ([name, text]) => /^(?:contract\/http|process)\//.test(name) && /\bfetch\(/.test(text),
    );
    expect(askers.map(([name]) => name)).toEqual(['process/leaks.ts']);
  });
});

test('the demonstration shows neither the token that it uses nor the password', { timeout: 120_000 }, async () => {
  const scan = leakScan();
  const secret = /SPLUNK_HEC_TOKEN: '(.*)'/.exec(readFileSync(new URL('src/demo.ts', ROOT), 'utf8'))?.[1] ?? '';
  expect(secret).not.toBe('');
  scan.mark('token', secret);
  const { exitCode, stdout, stderr } = await execa(process.execPath, [new URL('dist/demo.js', ROOT).pathname], {
    extendEnv: false,
    env: { PATH: process.env['PATH'] },
    reject: false,
  });
  scan.take('stdout', stdout);
  scan.take('stderr', stderr);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/token.*\(secret\)/);
});
