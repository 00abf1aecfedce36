import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { loadDesiredState, type LoadOptions } from '../../../src/desired/load-desired-state.ts';
import { plainNode } from '../../../src/resources/plain-node.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { revealTree, type SecretTree } from '../../../src/shared/secret-tree.ts';
import { makeAuthority, type Issued } from '../../contract/sps/certificates.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { fakeRegistry, fakeType } from './fake-registry.ts';
import { told, type Told } from './parse.ts';

let directory: string;
let one: Issued;
let two: Issued;

beforeAll(async () => {
  one = await makeAuthority('One');
  two = await makeAuthority('Two');
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sps-gitops-certificates-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** The canonical form, made on its own: 64 columns, LF, a final newline. */
function canonical({ certificate }: Issued): string {
  const base64 = certificate.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/(.{1,64})/g, '$1\n')}-----END CERTIFICATE-----\n`;
}

/** The same certificate as other tools write it. */
function otherForm({ certificate }: Issued): string {
  const base64 = certificate.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  const lines = base64.match(/.{1,76}/g) ?? [];
  return ['subject=x', '-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\r\n');
}

/** A trust store with these authorities, the first of them in line 6. */
function storeOf(authorities: readonly string[]): string {
  const head = ['resource: trust_stores', 'name: Store', 'body:', '  revocation_check: none', '  authorities:'];
  return [...head, ...authorities.map((value) => `    - certificate: ${value}`)].join('\n');
}

async function load(text: string, files: Readonly<Record<string, string>>, changes: Partial<LoadOptions> = {}) {
  await writeFile(join(directory, 'f.yaml'), text);
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  const options = { directory, read: 'worktree', fileRoots: [], strict: false, values: 'resolve', ...changes } as const;
  const variables: Readonly<Record<string, string>> = { ONE: otherForm(one), NONE: 'MARKED_SECRET' };
  return loadDesiredState(options, realRegistry(), (name) => variables[name], new AbortController().signal);
}

function certificatesIn(body: SecretTree | undefined): readonly SecretTree[] {
  const { authorities } = body as { readonly authorities: readonly { readonly certificate: SecretTree }[] };
  return authorities.map(({ certificate }) => certificate);
}

describe('a certificate in canonical form', () => {
  it('is plain text when it is written out or comes from a file, and a secret from the environment', async () => {
    const files = { 'two.pem': otherForm(two) };
    const inFile = await load(storeOf([JSON.stringify(otherForm(one)), '!file two.pem']), files);
    expect(inFile.findings).toEqual([]);
    expect(certificatesIn(inFile.state?.resources[0]?.body)).toEqual([canonical(one), canonical(two)]);
    const { state } = await load(storeOf(['!env ONE']), {});
    const [secret] = certificatesIn(state?.resources[0]?.body);
    expect(secret).toBeInstanceOf(Secret);
    expect(revealTree(secret ?? null)).toBe(canonical(one));
  });

  it('is where the schema says so, and nowhere else', async () => {
    const certificate = plainNode({ certificate: true });
    const fields = plainNode({
      members: new Map([['list', plainNode({ elements: plainNode({ otherMembers: certificate }) })]]),
    });
    const text = otherForm(one);
    await writeFile(
      join(directory, 'f.yaml'),
      `resource: r\nbody: ${JSON.stringify({ list: [{ any: text, other: 5 }], beside: text })}\n`,
    );
    const { state } = await loadDesiredState(
      { directory, read: 'worktree', fileRoots: [], strict: false, values: 'resolve' },
      fakeRegistry(fakeType('r', undefined, fields)),
      () => undefined,
      new AbortController().signal,
    );
    expect(state?.resources[0]?.body).toEqual({ list: [{ any: canonical(one), other: 5 }], beside: text });
  });

  it('lets the schema find an authority that is there twice', async () => {
    const { findings } = await load(storeOf([JSON.stringify(otherForm(one)), '!file one.pem']), {
      'one.pem': one.certificate,
    });
    expect(told(findings)).toEqual([['duplicate-item', '/body/authorities', 6, 5]]);
  });
});

describe('a certificate that cannot be used', () => {
  const at = (code: string): Told => [code, '/body/authorities/0/certificate', 6, 20];

  it.each([
    ['no certificate', 'certificate-invalid', () => 'MARKED_SECRET'],
    ['nothing', 'certificate-invalid', () => ''],
    ['half of one', 'certificate-invalid', () => one.certificate.slice(0, 200) + one.certificate.slice(-60)],
    ['two', 'certificate-bundle', () => `${one.certificate}\n${two.certificate}`],
    ['one with its key', 'certificate-with-key', () => `${one.certificate}\n${one.key}`],
  ] satisfies readonly (readonly [string, string, () => string])[])(
    '%s: %s, written out and from a file',
    async (_name, code, content) => {
      for (const written of [JSON.stringify(content()), '!file one.pem']) {
        const { state, findings } = await load(storeOf([written]), { 'one.pem': content() });
        expect(state).toBeNull();
        expect(told(findings)).toEqual([at(code)]);
        expect(findings[0]).toMatchObject({ severity: 'error', hint: expect.any(String) as string });
        expect(JSON.stringify(findings)).not.toMatch(/MARKED_SECRET|MI[A-Z]|one\.pem/);
      }
    },
  );

  it('says how many a bundle holds', async () => {
    const bundle = [one, two, one].map(({ certificate }) => certificate).join('\n');
    const { findings } = await load(storeOf(['!file all.pem']), { 'all.pem': bundle });
    expect(findings[0]).toMatchObject({
      message: 'this holds 3 certificates, an authority is one',
      hint: 'give each its own entry',
    });
  });

  it('may come from the environment, and may be no text', async () => {
    expect(told((await load(storeOf(['!env NONE']), {})).findings)).toEqual([at('certificate-invalid')]);
    expect(told((await load(storeOf(['5']), {})).findings)).toEqual([at('wrong-type')]);
    expect(told((await load(storeOf(['!file no.pem']), {})).findings)).toEqual([at('file-missing')]);
  });

  it('makes no double of another one', async () => {
    const { findings } = await load(storeOf(['none', 'none', JSON.stringify(one.certificate)]), {});
    expect(findings.map(({ code }) => code)).toEqual(['certificate-invalid', 'certificate-invalid']);
  });

  it('is found without values where it is written out, and not asked for where it is not', async () => {
    const text = storeOf(['none', '!file no.pem', '!file no.pem', '!env NOT_SET']);
    const { findings } = await load(text, {}, { values: 'without' });
    expect(told(findings)).toEqual([at('certificate-invalid')]);
  });
});

test('a certificate in DER is told how to become PEM, not to become text', async () => {
  const der = Buffer.from(one.certificate.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  await writeFile(join(directory, 'one.der'), der);
  const { findings } = await load(storeOf(['!file one.der']), {});
  expect(findings).toMatchObject([
    {
      code: 'certificate-invalid',
      position: { file: 'f.yaml', line: 6 },
      pointer: '/body/authorities/0/certificate',
      hint: expect.stringContaining('openssl x509 -inform der') as string,
    },
  ]);
});
