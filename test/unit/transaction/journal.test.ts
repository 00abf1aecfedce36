import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { putEntry, readJournal, setAside, type JournalEntry } from '../../../src/transaction/journal-file.ts';
import { openJournal } from '../../../src/transaction/journal.ts';
import type { TransactionJournal } from '../../../src/transaction/transaction-context.ts';

const COOKIE = 'a1f71d030e657634730b9e887cb59a5e56162860';
const RUN = 'f'.repeat(32);
const COMMIT = 'c'.repeat(40);
const URL_ = 'https://sps.example.com';

let state: string;
let file: string;
let session: Secret<string> | null;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'journal-'));
  file = join(state, 'transaction.json');
  session = new Secret(COOKIE);
});

afterEach(() => rm(state, { recursive: true }));

function journalOf(runId = RUN, directory = state): TransactionJournal {
  return openJournal(directory, { url: URL_, runId, commit: COMMIT, session: () => session });
}

async function entries(): Promise<readonly JournalEntry[]> {
  const found = await readJournal(state);
  if (found.kind === 'damaged') throw new Error(found.why);
  return found.entries;
}

async function written(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
}

describe('the journal of a run', () => {
  it('writes nothing before a transaction is opened', async () => {
    const journal = journalOf();
    await journal.current();
    await journal.closed();
    expect(await readdir(state)).toEqual([]);
    expect(await entries()).toEqual([]);
  });

  it('says before the open who opens what, where, in which session, for its owner only', async () => {
    const before = Date.now();
    await journalOf().opening(600);
    expect(await readdir(state)).toEqual(['transaction.json']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const fixed = { url: URL_, runId: RUN, commit: COMMIT, pid: process.pid, host: hostname(), sessionSeconds: 600 };
    const openedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown;
    expect(await written()).toEqual({ version: 1, transactions: [{ ...fixed, openedAt, session: COOKIE }] });
    const [entry] = await entries();
    expect(Date.parse(entry?.openedAt ?? '')).toBeGreaterThanOrEqual(before);
    expect(entry?.session.reveal()).toBe(COOKIE);
    expect(JSON.stringify(entry)).not.toContain(COOKIE);
  });

  it('is gone after the close, which may be told twice', async () => {
    const journal = journalOf();
    await journal.opening(null);
    await journal.closed();
    expect(await readdir(state)).toEqual([]);
    await journal.closed();
  });

  it('holds the new session when the appliance replaced it, and is not written again without need', async () => {
    const journal = journalOf();
    await journal.opening(600);
    const { ino, mtimeNs } = await stat(file, { bigint: true });
    await journal.current();
    expect(await stat(file, { bigint: true })).toMatchObject({ ino, mtimeNs });
    const [first] = await entries();
    session = new Secret('renewed');
    await journal.current();
    const [second, ...others] = await entries();
    expect(others).toEqual([]);
    expect(second?.session.reveal()).toBe('renewed');
    expect(second).toMatchObject({ openedAt: first?.openedAt, sessionSeconds: 600 });
    session = null;
    await journal.current();
    expect((await entries())[0]?.session.reveal()).toBe('renewed');
  });

  it('writes nothing without a session: nothing can be opened then', async () => {
    session = null;
    await journalOf().opening(600);
    expect(await readdir(state)).toEqual([]);
  });

  it("leaves other runs' entries alone, and has one of its own", async () => {
    const [one, other] = [journalOf(), journalOf('e'.repeat(32))];
    await one.opening(1);
    await other.opening(2);
    await other.opening(3);
    expect((await entries()).map((entry) => entry.sessionSeconds)).toEqual([1, 3]);
    await other.closed();
    expect((await entries()).map((entry) => entry.runId)).toEqual([RUN]);
    await one.closed();
    expect(await readdir(state)).toEqual([]);
  });

  it('does one thing after the other, also when nobody waits', async () => {
    const journal = journalOf();
    await Promise.all([journal.opening(1), journal.current(), journal.closed(), journal.opening(2)]);
    expect((await entries()).map((entry) => entry.sessionSeconds)).toEqual([2]);
  });

  it.each([
    ['what a killed process had half written', (draft: string) => writeFile(draft, '{"ver', { mode: 0o644 })],
    ['a link that somebody laid', (draft: string) => symlink('/dev/null', draft)],
  ])('replaces %s', async (_what, lay) => {
    await lay(`${file}.tmp`);
    await journalOf().opening(600);
    expect(await readdir(state)).toEqual(['transaction.json']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await entries()).toHaveLength(1);
  });

  it.each([
    ['missing', async () => undefined, 'ENOENT'],
    ['a file', (place: string) => writeFile(place, ''), 'ENOTDIR'],
  ])('is an input error with the path when the state directory is %s', async (_what, lay, code) => {
    const place = join(state, 'sub');
    await lay(place);
    const error: unknown = await journalOf(RUN, place)
      .opening(600)
      .catch((reason: unknown) => reason);
    if (!(error instanceof SpsGitopsError)) throw error;
    expect(error).toMatchObject({ failure: 'inputInvalid', code: 'state-directory', retry: 'terminal' });
    expect(error.message).toContain(`${code} at ${join(place, 'transaction.json')}`);
    expect(error.hint).toContain('SPS_STATE');
    expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toContain(COOKIE);
  });

  it('goes on after a failure', async () => {
    const place = join(state, 'late');
    const journal = journalOf(RUN, place);
    await expect(journal.opening(600)).rejects.toMatchObject({ code: 'state-directory' });
    await mkdir(place);
    await journal.opening(600);
    expect(await readdir(place)).toEqual(['transaction.json']);
  });
});

describe('a journal that was found', () => {
  const good = {
    url: URL_,
    openedAt: '2026-01-01T00:00:00.000Z',
    runId: RUN,
    commit: null,
    session: COOKIE,
    pid: 1,
    host: 'h',
    sessionSeconds: null,
  };

  it('is read whole', async () => {
    await writeFile(file, JSON.stringify({ version: 1, transactions: [good] }));
    expect((await entries()).map((entry) => ({ ...entry, session: entry.session.reveal() }))).toEqual([good]);
  });

  it.each<[string, string]>([
    ['empty', ''],
    ['half', JSON.stringify({ version: 1, transactions: [good] }).slice(0, -9)],
    ['a list', '[]'],
    ['of another version', JSON.stringify({ version: 2, transactions: [good] })],
    ['without transactions', '{"version": 1}'],
    ['with a transaction that is no object', JSON.stringify({ version: 1, transactions: [good, 5] })],
    ['a text', '"version 1"'],
    ...Object.entries({
      url: 'sps',
      openedAt: 'yesterday',
      runId: 'x',
      commit: 1,
      session: `${COOKIE}\r\nX-Other: 1`,
      pid: '1',
      host: null,
      sessionSeconds: -1,
    }).map(([member, value]): [string, string] => [
      `with a bad ${member}`,
      JSON.stringify({ version: 1, transactions: [{ ...good, [member]: value }] }),
    ]),
    ...Object.entries({
      openedAt: ['2026-01-01T00:00:00.000Z'],
      runId: [RUN],
      commit: [COMMIT],
      session: [COOKIE],
      url: [URL_],
    }).map(([member, value]): [string, string] => [
      `with a list for ${member}`,
      JSON.stringify({ version: 1, transactions: [{ ...good, [member]: value }] }),
    ]),
    ...Object.entries({
      runId: [`x${RUN}`, `${RUN}x`],
      commit: [`x${COMMIT}`, `${COMMIT}x`, COMMIT.slice(1), 'c'.repeat(65)],
      openedAt: ['x2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Zx'],
      session: [`${COOKIE};`, '', `${COOKIE},`],
    }).flatMap(([member, values]) =>
      values.map((value): [string, string] => [
        `with ${member} ${value}`,
        JSON.stringify({ version: 1, transactions: [{ ...good, [member]: value }] }),
      ]),
    ),
    ['with a time that never was', JSON.stringify({ version: 1, transactions: [{ ...good, openedAt: '2026-99Z' }] })],
    [
      'with a session that never ends',
      JSON.stringify({ version: 1, transactions: [{ ...good, sessionSeconds: 1e300 }] }),
    ],
  ])('is damaged when it is %s, and does not stop the next transaction', async (_what, text) => {
    await writeFile(file, text);
    const found = await readJournal(state);
    expect(found.kind).toBe('damaged');
    expect(JSON.stringify(found)).not.toContain(COOKIE);
    const journal = journalOf();
    await journal.opening(600);
    expect(await entries()).toHaveLength(1);
  });

  it('is damaged when it is no file, and can be put aside', async () => {
    await mkdir(file);
    expect(await readJournal(state)).toEqual({ kind: 'damaged', why: 'it cannot be read (EISDIR)' });
    expect(await setAside(state)).toBe(`${file}.damaged`);
    expect(await entries()).toEqual([]);
    expect(await readdir(state)).toEqual(['transaction.json.damaged']);
  });

  it('takes the place of the same run only', async () => {
    const entry = { ...good, session: new Secret('other'), runId: 'd'.repeat(32) };
    await writeFile(file, JSON.stringify({ version: 1, transactions: [good] }));
    await putEntry(state, entry);
    await putEntry(state, { ...entry, session: new Secret('newer') });
    expect((await entries()).map((one) => one.session.reveal())).toEqual([COOKIE, 'newer']);
  });
});
