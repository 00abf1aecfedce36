import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments, visit } from 'yaml';
import { decodeText } from '../../src/desired/decode-text.ts';
import { loadDesiredState, type LoadResult } from '../../src/desired/load-desired-state.ts';
import { findingsText } from '../../src/report/findings-text.ts';
import { PLAIN } from '../../src/report/paint.ts';
import { SpsGitopsError } from '../../src/shared/errors.ts';
import { realRegistry, ROOT } from '../resource-schemas.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import { MARK, yamlBytes } from './yaml-inputs.ts';

const EXAMPLE = new URL('config-examples/quickstart/', ROOT).pathname;
const SECRETS: Readonly<Record<string, string>> = {
  TOKEN: 'MARKEDtoken5f1c',
  a: 'MARKEDother77aa',
  SPLUNK_HEC_TOKEN: '42',
};

/** Documents that use what the examples do not. */
const MORE = [
  `resource: trust_stores\nname: ${MARK}1\npreviousName: ${MARK}2\nbody:\n  crl_urls: ['${MARK}3']\n---\nresource: trust_stores\nprune: true\n`,
  `resource: trust_stores\nname: "${MARK}4"\nstate: absent\noptional: true\n`,
  `resource: management/splunk_forwarder\nbody: &a\n  token: !env TOKEN\n  host: { selection: fqdn, value: '${MARK}5' }\n  ssl: *a\nignore: [/port, /pam_address]\n`,
  `resource: management/certificates\nbody:\n  server: !key ${MARK}6\n  ca: [!key ${MARK}7, !env:int TOKEN, !env:bool a]\n  tsa: !file ca/corporate.pem\n`,
];

const registry = realRegistry();
const calm = new AbortController().signal;
const originals: string[] = [...MORE];
let directory = '';

beforeAll(async () => {
  for (const name of await readdir(EXAMPLE, { recursive: true })) {
    if (name.endsWith('.yaml')) originals.push(await readFile(join(EXAMPLE, name), 'utf8'));
  }
  directory = await mkdtemp(join(tmpdir(), 'sps-gitops-fuzz-'));
  await cp(join(EXAMPLE, 'ca'), join(directory, 'ca'), { recursive: true });
  await cp(join(EXAMPLE, 'management/license.txt'), join(directory, 'license.txt'));
});
afterAll(() => rm(directory, { recursive: true }));

async function load(bytes: Uint8Array, strict: boolean, values: 'resolve' | 'without'): Promise<LoadResult> {
  await writeFile(join(directory, 'f.yaml'), bytes);
  const options = { directory, read: 'worktree', fileRoots: [], strict, values } as const;
  return loadDesiredState(options, registry, (name) => SECRETS[name], calm);
}

/** Names of members may be told; what became one by an edit is none of the scalars any more. */
function isKeyIn(text: string): boolean {
  let found = false;
  for (const document of parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent', uniqueKeys: false })) {
    if (!('contents' in document)) continue;
    visit(document, { Pair: (_key, { key }) => void (found ||= JSON.stringify(key).includes(MARK)) });
  }
  return found;
}

function check(bytes: Uint8Array, { state, findings }: LoadResult): void {
  const hasError = findings.some(({ severity }) => severity === 'error');
  expect(state === null).toBe(hasError);
  const said = JSON.stringify(findings) + findingsText(findings, PLAIN);
  expect(said).not.toMatch(/MARKED/);
  const text = decodeText(bytes) ?? '';
  if (said.includes(MARK) && !isKeyIn(text)) expect(said.replaceAll('\\n', '\n')).not.toContain(MARK);
  const lines = text.split('\n').length;
  expect(findingsText(findings, PLAIN)).not.toMatch(/[^\P{Cc}\n]/u);
  for (const { code, position } of findings) {
    expect(code).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(position?.file ?? 'f.yaml').toBe('f.yaml');
    expect(position?.line ?? 1).toBeLessThanOrEqual(lines);
  }
}

test(
  'whatever the files hold, the desired state is loaded or refused with findings that show nothing of it',
  async () => {
    await fuzz({
      name: 'desired state',
      inputs: fc.tuple(yamlBytes(originals), fc.boolean(), fc.constantFrom('resolve', 'without')),
      check: async ([bytes, strict, values]) => {
        const result = await load(bytes, strict, values);
        check(bytes, result);
        expect(result.state === null ? 0 : JSON.stringify(result.state).search(/MARKED/)).toBeLessThanOrEqual(0);
        expect(JSON.stringify(result.state?.resources ?? [])).not.toMatch(/[{,]"(?:__proto__|constructor|prototype)":/);
        // Equal bytes give an equal answer.
        const again = await load(bytes, strict, values);
        expect(JSON.stringify(again.findings)).toBe(JSON.stringify(result.findings));
        expect(again.state?.revision.digest).toBe(result.state?.revision.digest);
        return result.state === null ? 'refused' : 'loaded';
      },
    });
  },
  FUZZ_TIMEOUT_MS,
);

test('a refusal of the whole folder is an error that was foreseen', async () => {
  const options = { directory, read: 'commit', fileRoots: [], strict: true, values: 'resolve' } as const;
  const answer = await loadDesiredState(options, registry, () => undefined, calm).catch((error: unknown) => error);
  if (answer instanceof Error) expect(answer).toBeInstanceOf(SpsGitopsError);
  else expect(answer).toMatchObject({ state: null });
});
