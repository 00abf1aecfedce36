import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { licenseFile, type LicenseMembers } from '../../../src/simulator/license-file.ts';
import {
  DEFAULT_PASSWORD,
  DEFAULT_USERNAME,
  type Simulator,
  type SimulatorOptions,
} from '../../../src/simulator/simulator.ts';
import type { Appliance } from '../../../src/sps/appliance.ts';
import { startSimulator } from '../../simulated.ts';
import { calm, client, failure, read } from './harness.ts';

const STORES = '/api/configuration/trust_stores';
const LICENSE = '/api/configuration/management/license';
const JOIN = '/api/starling/join';
const STORE = { name: 'Corporate CA', authorities: [], crl_urls: [], revocation_check: 'none' };
const MEMBERS: LicenseMembers = {
  customer: 'Example',
  limit: 250,
  limit_type: 'session',
  serial: '123-456-789',
  valid_not_after: '2031-12-31',
  valid_not_before: '2026-01-01',
};

let running: Simulator | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});

/** A simulator, and our client logged in with a transaction open. */
async function opened(options: SimulatorOptions = {}): Promise<{ simulator: Simulator; appliance: Appliance }> {
  const simulator = await startSimulator(options);
  running = simulator;
  const password = new Secret(DEFAULT_PASSWORD);
  const login = { kind: 'password', username: DEFAULT_USERNAME, password, method: undefined } as const;
  const appliance = client(simulator.url, { ca: simulator.caPem, login });
  await appliance.login(calm);
  await appliance.openTransaction(calm);
  return { simulator, appliance };
}

async function bodyAt(appliance: Appliance, path: string): Promise<Json | undefined> {
  const reading = await read(appliance, path, calm);
  return reading.kind === 'leaf' ? reading.body : undefined;
}

async function keysBelow(appliance: Appliance, path: string): Promise<readonly string[]> {
  const reading = await read(appliance, path, calm);
  return reading.kind === 'listing' ? reading.items.map(({ key }) => key) : [];
}

describe('a trust store', () => {
  it.each(['key', 'href', 'location', 'location-url', 'none'] as const)(
    'is created, changed and deleted when its key comes by %s',
    async (createAnswer) => {
      const { simulator, appliance } = await opened({ quirks: { createAnswer } });
      const key = await appliance.create(STORES, STORE, calm);
      const listed = (await keysBelow(appliance, STORES)).filter((one) => one !== '-7001');
      expect(listed).toHaveLength(1);
      expect([key]).toEqual(createAnswer === 'none' ? [null] : listed);
      const path = `${STORES}/${listed[0] ?? ''}`;
      await appliance.put(path, { ...STORE, name: 'Other' }, calm);
      expect(await bodyAt(appliance, path)).toEqual({ ...STORE, name: 'Other', type: 'custom' });
      await appliance.delete(path, calm);
      expect(await appliance.changes(calm)).toEqual([]);
      expect(simulator.members('trust_stores')).toHaveLength(1);
    },
  );

  it('that is built in is refused', async () => {
    const { appliance } = await opened();
    const error = await failure(appliance.delete(`${STORES}/-7001`, calm));
    expect(error).toMatchObject({ status: 400, type: 'SyntacticError', answered: true });
  });
});

describe('the license', () => {
  it.each(['6.0', '7.5', '8.0'] as const)('is uploaded on %s', async (profile) => {
    const { simulator, appliance } = await opened({ profile });
    const bytes = Buffer.from(licenseFile(MEMBERS));
    await appliance.upload('/api/upload/license', { field: 'data', fileName: 'license.txt', bytes }, calm);
    expect(simulator.configuration('management/license')).not.toEqual(MEMBERS);
    await appliance.commit(null, calm);
    expect(await appliance.readStatus(LICENSE, calm)).toEqual(MEMBERS);
  });

  it.each([
    ['null', null],
    ['absent', {}],
  ] as const)('that there is none of reads as %s', async (licenseWhenNone, expected) => {
    const configuration = { 'management/license': null };
    const { appliance } = await opened({ quirks: { licenseWhenNone }, configuration });
    expect(await appliance.readStatus(LICENSE, calm)).toEqual(expected);
  });
});

describe('the Starling join', () => {
  it.each(['bare', 'body'] as const)('is read %s, and left', async (starlingJoinShape) => {
    const { appliance } = await opened({ quirks: { starlingJoinShape } });
    expect(await appliance.readStatus(JOIN, calm)).toMatchObject({ joined: true, product_name: 'Safeguard' });
    expect(await failure(appliance.delete(JOIN, calm))).toMatchObject({ status: 409, answered: true });
    await appliance.rollback(calm);
    await appliance.delete(JOIN, calm);
    expect(await appliance.readStatus(JOIN, calm)).toMatchObject({ joined: false });
  });
});
