import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { withValueAt } from '../../../src/shared/pointer.ts';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { at, json, refusal, sessionForTest, textAt, type Client, type Reply } from './client.ts';

const STORES = '/api/configuration/trust_stores';
const COMMIT = { json: { status: 'commit' } };
const CRL = 'http://crl.example.com/ca.crl';

/** A store with the second and the third of the simulator's authorities, in the default spelling. */
function storeOf(simulator: Simulator): JsonObject {
  const authorities = simulator.authorities.slice(1).map((certificate) => ({ certificate }));
  return { name: 'internal', authorities, crl_urls: [], revocation_check: 'none' };
}

function create(client: Client, body: Json): Promise<Reply> {
  return client.ask('POST', STORES, { json: body });
}

async function shown(client: Client, reply: Reply): Promise<Reply> {
  expect(reply.status).toBe(201);
  return client.ask('GET', `${STORES}/${textAt(reply, '/key')}`);
}

describe('a trust store', () => {
  it('is given its type, and the particulars of its authorities', async () => {
    const { simulator, client } = await sessionForTest();
    const store = storeOf(simulator);
    const reply = await shown(client, await create(client, { ...store, note: 'dropped' }));
    const [first = '', second = ''] = simulator.authorities.slice(1);
    const authority = (pem: string): JsonObject => {
      const certificate = new X509Certificate(pem);
      return {
        certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/) as never,
        fingerprint: {
          digest: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
          hash_algorithm: 'sha256',
        },
        issuer: certificate.issuer,
        subject: certificate.subject,
      };
    };
    expect(at(reply, '/body')).toEqual({
      ...store,
      authorities: [authority(first), authority(second)],
      type: 'custom',
    });
    expect(at(reply, '/body/authorities/0/subject')).toBe('CN=Test authority 2');
    const pem = textAt(reply, '/body/authorities/0/certificate');
    expect(new X509Certificate(pem).fingerprint256).toBe(new X509Certificate(first).fingerprint256);
  });

  it('can be read, changed and sent back', async () => {
    const { simulator, client } = await sessionForTest();
    const reply = await shown(client, await create(client, storeOf(simulator)));
    const href = textAt(reply, '/meta/href');
    const body = { ...Object(at(reply, '/body')), crl_urls: [CRL], revocation_check: 'leaf' };
    expect((await client.ask('PUT', href, { json: body })).status).toBe(200);
    expect(at(await client.ask('GET', href), '/body')).toEqual(body);
    expect((await client.ask('DELETE', href)).status).toBe(200);
  });

  it.each([
    ['', ''],
    ['', []],
    ['/name', undefined],
    ['/name', ''],
    ['/name', 5],
    ['/authorities', undefined],
    ['/authorities', {}],
    ['/authorities/0', 'text'],
    ['/authorities/0', {}],
    ['/authorities/0/certificate', 'not a certificate'],
    ['/authorities/1/certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['/crl_urls', undefined],
    ['/crl_urls', [5]],
    ['/crl_urls', ['ldap://crl.example.com/ca']],
    ['/crl_urls', [CRL]],
    ['/revocation_check', undefined],
    ['/revocation_check', 'some'],
    ['/revocation_check', 'full'],
    ['/revocation_check', 'leaf'],
    ['/type', 'built-in'],
  ] as readonly (readonly [string, Json | undefined])[])('refuses %s = %j', async (pointer, value) => {
    const { simulator, client } = await sessionForTest();
    const reply = await create(client, withValueAt(storeOf(simulator), pointer, value) ?? null);
    expect(refusal(reply)).toEqual([400, 'SyntacticError']);
    const place = value === 'full' || value === 'leaf' ? '/crl_urls' : pointer;
    expect(at(reply, '/error/details/path')).toContain(`${STORES}${place}`);
    expect(simulator.openTransactions()).toBe(0);
  });

  it('refuses two certificates in one', async () => {
    const { simulator, client } = await sessionForTest();
    const body = withValueAt(storeOf(simulator), '/authorities/0/certificate', simulator.authorities.join(''));
    const reply = await create(client, body ?? null);
    expect(at(reply, '/error/details/path')).toBe(`${STORES}/authorities/0/certificate`);
  });

  it.each(['full', 'leaf'])('goes with URLs and %s', async (check) => {
    const { simulator, client } = await sessionForTest();
    const body = { ...storeOf(simulator), crl_urls: [CRL, 'https://crl.example.com/'], revocation_check: check };
    expect((await create(client, { ...body, type: 'custom' })).status).toBe(201);
  });

  it('has a name, authorities and URLs of their own', async () => {
    const { simulator, client } = await sessionForTest({ quirks: { uniqueNames: 'free' } });
    const store = storeOf(simulator);
    const [, one = ''] = simulator.authorities;
    const cases: readonly (readonly [JsonObject, string])[] = [
      [{ ...store, name: 'Built-in' }, '/name'],
      // The same certificate in other text is the same authority.
      [{ ...store, authorities: [{ certificate: one }, { certificate: `${one.trim()}\n\n` }] }, '/authorities/1'],
      [{ ...store, crl_urls: [CRL, CRL], revocation_check: 'full' }, '/crl_urls/1'],
    ];
    for (const [body, place] of cases) {
      const reply = await create(client, body);
      expect(refusal(reply)).toEqual([400, 'SemanticError']);
      expect(json(reply)).toMatchObject({ error: { details: { errors: [expect.stringContaining(place)] } } });
    }
    expect(simulator.members('trust_stores')).toHaveLength(1);
  });

  it.each(['write', 'commit'] as const)('changes names with another one; checked at the %s', async (semanticCheck) => {
    const { simulator, client } = await sessionForTest({ quirks: { semanticCheck } });
    const store = { ...storeOf(simulator), type: 'custom' };
    for (const key of ['a', 'b']) simulator.setMember('trust_stores', key, { ...store, name: key });
    const rename = (key: string, name: string): Promise<Reply> =>
      client.ask('PUT', `${STORES}/${key}`, { json: { ...store, name } });
    const first = await rename('a', 'b');
    if (semanticCheck === 'write') {
      expect(refusal(first)).toEqual([400, 'SemanticError']);
      // Each step is consistent when one of them makes way first.
      expect((await rename('a', 'on the way')).status).toBe(200);
    }
    expect((await rename('b', 'a')).status).toBe(200);
    expect((await rename('a', 'b')).status).toBe(200);
    expect((await client.ask('PUT', '/api/transaction', COMMIT)).status).toBe(200);
    expect(simulator.members('trust_stores')).toMatchObject([
      { key: '-7001' },
      { key: 'a', body: { name: 'b' } },
      { key: 'b', body: { name: 'a' } },
    ]);
  });

  it.each([
    ['semantic-error', [400, 'SemanticError']],
    ['conflict', [409, 'Conflict']],
    ['at-commit', [200, undefined]],
  ] as const)('Q18: stays while something refers to it: %s', async (deleteInUse, expected) => {
    const references = [{ on: 'management/email', pointer: '/smtp_encryption/trust_store', to: 'trust_stores' }];
    const { simulator, client } = await sessionForTest({ quirks: { deleteInUse, references } });
    simulator.setMember('trust_stores', 'a', { ...storeOf(simulator), type: 'custom' });
    const email = (encryption: JsonObject): Promise<Reply> =>
      client.ask('PUT', '/api/configuration/management/email', { json: { smtp_encryption: encryption } });
    expect((await email({ selection: 'tls', trust_store: 'a' })).status).toBe(200);
    expect(refusal(await client.ask('DELETE', `${STORES}/a`))).toEqual(expected);
    if (deleteInUse === 'at-commit') {
      expect(refusal(await client.ask('PUT', '/api/transaction', COMMIT))).toEqual([400, 'SemanticError']);
      return;
    }
    expect((await email({ selection: 'disabled' })).status).toBe(200);
    expect((await client.ask('DELETE', `${STORES}/a`)).status).toBe(200);
    expect((await client.ask('PUT', '/api/transaction', COMMIT)).status).toBe(200);
    expect(simulator.members('trust_stores')).toMatchObject([{ key: '-7001' }]);
  });

  it('that is built in can be read and nothing else', async () => {
    const { simulator, client } = await sessionForTest();
    const built = await client.ask('GET', `${STORES}/-7001`);
    expect(at(built, '/body')).toMatchObject({ name: 'Built-in', type: 'built-in', revocation_check: 'none' });
    expect(at(built, '/body/authorities/0/subject')).toBe('CN=Test authority 1');
    const put = await client.ask('PUT', `${STORES}/-7001`, { json: storeOf(simulator) });
    expect(refusal(put)).toEqual([400, 'SyntacticError']);
    expect(refusal(await client.ask('DELETE', `${STORES}/-7001`))).toEqual([400, 'SyntacticError']);
  });

  it.each([
    ['6.0', 404],
    ['7.5', 201],
    ['8.0', 201],
  ] as const)('on %s: %i', async (profile, status) => {
    const { simulator, client } = await sessionForTest({ profile });
    await client.ask('POST', '/api/transaction');
    expect((await create(client, storeOf(simulator))).status).toBe(status);
  });
});

describe('the form of authorities', () => {
  // The last name but one is in no list of candidates.
  const spellings = ['certificate', 'x509_certificate', 'pem', 'ca_certificate', 'bare'] as const;

  it.each(spellings)('may be %s; others are not known', async (authorityNames) => {
    const { simulator, client } = await sessionForTest({ quirks: { authorityNames } });
    const [, pem = ''] = simulator.authorities;
    for (const written of spellings) {
      const authority: Json = written === 'bare' ? pem : { [written]: pem };
      const reply = await create(client, { ...storeOf(simulator), name: written, authorities: [authority] });
      expect([written, reply.status]).toEqual([written, written === authorityNames ? 201 : 400]);
      if (written === authorityNames) {
        const value = textAt(
          await shown(client, reply),
          `/body/authorities/0${written === 'bare' ? '' : `/${written}`}`,
        );
        expect(new X509Certificate(value).subject).toBe('CN=Test authority 2');
        continue;
      }
      const place = authorityNames === 'bare' || written === 'bare' ? '' : `/${authorityNames}`;
      expect(at(reply, '/error/details/path')).toBe(`${STORES}/authorities/0${place}`);
    }
  });

  it('follows the quirks everywhere, also for what was there before', async () => {
    const { simulator, client } = await sessionForTest();
    await create(client, storeOf(simulator));
    Object.assign(simulator.quirks, { authorityNames: 'pem', pemLineWidth: 76 } satisfies Partial<Quirks>);
    expect(at(await client.ask('GET', STORES), '/items/0/body/authorities/0')).toHaveProperty('pem');
    const changes = await client.ask('GET', '/api/transaction/changes');
    expect(at(changes, '/changes/0/new_value/authorities/0')).toHaveProperty('pem');
    expect(simulator.configuration('trust_stores/-7001')).toMatchObject({ authorities: [{ pem: expect.anything() }] });
    expect(simulator.members('trust_stores')?.[0]?.body).toEqual(simulator.configuration('trust_stores/-7001'));
  });

  it.each([
    [64, 'present'],
    [76, 'absent'],
  ] as const)('has lines of %i characters, the last line break is %s', async (pemLineWidth, pemFinalNewline) => {
    const { client } = await sessionForTest({ quirks: { pemLineWidth, pemFinalNewline } });
    const pem = textAt(await client.ask('GET', `${STORES}/-7001`), '/body/authorities/0/certificate');
    expect(pem.split('\n')[1]).toHaveLength(pemLineWidth);
    expect(pem.endsWith('\n')).toBe(pemFinalNewline === 'present');
  });

  it.each([
    ['ignored', 201],
    ['refused', 400],
  ] as const)('what is derived is %s when it is written', async (authorityDerived, status) => {
    const { simulator, client } = await sessionForTest({ quirks: { authorityDerived } });
    const authorities = [{ certificate: simulator.authorities[1] ?? '', subject: 'CN=Somebody else' }];
    const reply = await create(client, { ...storeOf(simulator), authorities });
    expect(reply.status).toBe(status);
    if (status === 400) expect(at(reply, '/error/details/path')).toBe(`${STORES}/authorities/0/subject`);
    else expect(at(await shown(client, reply), '/body/authorities/0/subject')).toBe('CN=Test authority 2');
  });

  it('of which no certificate can be read is left as it is', async () => {
    const { simulator, client } = await sessionForTest();
    const body = { name: 'odd', authorities: [{ certificate: 'x' }, 5], crl_urls: [5, 5] };
    simulator.setMember('trust_stores', '1a', body);
    expect(at(await client.ask('GET', `${STORES}/1a`), '/body')).toEqual(body);
    expect((await create(client, storeOf(simulator))).status).toBe(201);
  });
});
