import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../../src/simulator/change-log.ts';
import { withWrites, type Configuration } from '../../../src/simulator/configuration.ts';
import { PROFILES } from '../../../src/simulator/profiles.ts';
import { defaultQuirks, type Quirks } from '../../../src/simulator/quirks.ts';
import { at, json, sessionForTest, type Client } from './client.ts';

const CHANGES = '/api/transaction/changes';
const HREF = '/api/configuration/alerting/traffic_alerts';
const QUIRKS = defaultQuirks(PROFILES['7.5']);

/** Switches one alert on and gives the change list. */
async function changesOf(client: Client): Promise<unknown> {
  const body = at(await client.ask('GET', HREF), '/body');
  const changed = { ...Object(body), scbAuthFailure: { email: true, snmp: false } };
  await client.ask('PUT', HREF, { json: changed });
  return at(await client.ask('GET', CHANGES), '/changes');
}

describe('the change list', () => {
  it('is empty without a transaction, and after a write that changes nothing', async () => {
    const { client } = await sessionForTest({ quirks: { remainingSeconds: 'never' } });
    const meta = { href: CHANGES, parent: '/api/transaction', transaction: '/api/transaction' };
    expect(json(await client.ask('GET', CHANGES))).toEqual({ changes: [], meta });
    const body = at(await client.ask('GET', HREF), '/body') ?? null;
    await client.ask('PUT', HREF, { json: body });
    expect(at(await client.ask('GET', CHANGES), '/changes')).toEqual([]);
  });

  it.each([
    ['object', HREF, true],
    ['relative', '/alerting/traffic_alerts', true],
    ['property', `${HREF}/scbAuthFailure/email`, false],
    ['fragment', `${HREF}#scbAuthFailure/email`, false],
  ] as const)('has paths of the form %s', async (changePath, path, whole) => {
    const { client } = await sessionForTest({ quirks: { changePath } });
    const changes = await changesOf(client);
    expect(changes).toHaveLength(1);
    expect(changes).toMatchObject([{ type: 'replace', path }]);
    if (!whole) expect(changes).toMatchObject([{ old_value: false, new_value: true }]);
    if (whole) expect(changes).toMatchObject([{ new_value: { scbAuthFailure: { email: true } } }]);
  });

  it('can hold values as text', async () => {
    const { client } = await sessionForTest({ quirks: { changeValues: 'string', changePath: 'property' } });
    expect(await changesOf(client)).toMatchObject([{ old_value: 'false', new_value: 'true' }]);
  });

  it('can hold foreign entries, and lack others', async () => {
    const extra = { type: 'rename', path: '/api/configuration/management/email' };
    const { simulator, client } = await sessionForTest({ quirks: { extraChanges: [extra] } });
    expect(at(await client.ask('GET', CHANGES), '/changes')).toEqual([]);
    expect(await changesOf(client)).toMatchObject([{ type: 'replace' }, extra]);
    simulator.quirks.hiddenChanges = ['alerting/traffic_alerts'];
    expect(at(await client.ask('GET', CHANGES), '/changes')).toEqual([]);
  });
});

describe('the entries of members', () => {
  const before: Configuration = withWrites(
    { bodies: new Map(), collections: new Map([['c', []]]) },
    new Map([
      ['c/1', { name: 'one' }],
      ['c/2', { name: 'two' }],
    ]),
  );
  const entries = (after: Configuration, quirks: Partial<Quirks> = {}): unknown =>
    changesBetween(before, after, { ...QUIRKS, ...quirks });

  it('are create, delete and replace', () => {
    const after = withWrites(
      before,
      new Map([
        ['c/3', { name: 'three' }],
        ['c/1', undefined],
        ['c/2', { title: 'two' }],
      ]),
    );
    expect(entries(after)).toEqual([
      { type: 'replace', path: '/api/configuration/c/2', old_value: { name: 'two' }, new_value: { title: 'two' } },
      { type: 'create', path: '/api/configuration/c/3', new_value: { name: 'three' } },
      { type: 'delete', path: '/api/configuration/c/1', old_value: { name: 'one' } },
    ]);
    expect(entries(after, { changePath: 'property' })).toEqual([
      { type: 'delete', path: '/api/configuration/c/2/name', old_value: 'two' },
      { type: 'create', path: '/api/configuration/c/2/title', new_value: 'two' },
      { type: 'create', path: '/api/configuration/c/3', new_value: { name: 'three' } },
      { type: 'delete', path: '/api/configuration/c/1', old_value: { name: 'one' } },
    ]);
  });

  it('are reorder when only the order moved', () => {
    const after: Configuration = { ...before, collections: new Map([['c', ['2', '1']]]) };
    expect(entries(after)).toEqual([
      { type: 'reorder', path: '/api/configuration/c', new_order: ['2', '1'], old_order: ['1', '2'] },
    ]);
  });
});
