import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DesiredResource } from '../../../src/desired/desired-state.ts';
import { computePlan, type Plan } from '../../../src/plan/plan.ts';
import { COLOURS, PLAIN } from '../../../src/report/paint.ts';
import { planDocument } from '../../../src/report/plan-document.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { describeCertificate } from '../../../src/shared/certificate.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { SecretBook } from '../../../src/shared/secret-book.ts';
import { makeAuthorities } from '../../../src/simulator/certificates.ts';
import { realRegistry, ROOT } from '../../resource-schemas.ts';
import { absentFrom, collectionOf, desiring, memberOf, present, pruning, sealing, wanted } from '../plan/parts.ts';

const SCHEMA = JSON.parse(readFileSync(new URL('schemas/plan.schema.json', ROOT), 'utf8')) as JsonObject;
const fits = new Ajv2020({ allErrors: true, strict: false }).compile(SCHEMA);
const registry = realRegistry();
const options = sealing();

const STORES = 'trust_stores';
const LICENSE = 'management/license';
const JOIN = 'starling/join';
const HREF = '/api/configuration/trust_stores';

let authority = '';

beforeAll(async () => {
  [authority = ''] = await makeAuthorities(1);
});

function store(name: string): JsonObject {
  return { name, authorities: [{ certificate: authority }], crl_urls: [], revocation_check: 'none' };
}

/** A plan with an operation of every kind that there is, but for a reorder. */
function everything(): Plan {
  const { name: _name, ...body } = store('new');
  const upload = { name: 'license.txt', bytes: new Uint8Array() };
  const documents: readonly DesiredResource[] = [
    memberOf(STORES, 'new', body),
    memberOf(STORES, 'renamed', {}, { previousName: 'first' }),
    absentFrom(STORES, 'second'),
    wanted(LICENSE, { serial: new Secret('two'), limit: 6 }, { upload }),
    wanted(JOIN, { joined: false }),
  ];
  const live = new Map([
    ...present({
      [LICENSE]: { serial: 'one', limit: 5 },
      [JOIN]: { joined: true },
      starling: { join_info: null, remote_access: { enabled: false } },
    }),
    [STORES, collectionOf(STORES, { 1: store('first'), 2: store('second'), 3: store('third') })] as const,
  ]);
  return computePlan(desiring(documents, [pruning(STORES)]), live, registry, options);
}

function document(plan: Plan): JsonObject {
  const digest = `sha256:${'a'.repeat(64)}`;
  return planDocument({
    plan,
    revision: { commit: null, subject: null, author: null, dirty: false, digest },
    appliance: { hostname: 'sps1', firmware: '8.0.0', roles: [], configHash: null },
    url: 'https://sps.example.com',
    warnings: [],
    sealer: options.sealer,
    secrets: new SecretBook(),
  });
}

describe('the document', () => {
  test('lists every kind of operation as the contract says, in the order in which they are carried out', () => {
    const shown = document(everything());
    expect(fits(shown), JSON.stringify(fits.errors)).toBe(true);
    const certificate = describeCertificate(authority);
    const body = (name: string): Json => ({ ...store(name), authorities: [{ certificate }] });
    const source = (file: string, line = 3): Json => ({ file, line });
    expect(shown['operations']).toEqual([
      {
        action: 'upload',
        resource: LICENSE,
        name: null,
        href: '/api/configuration/management/license',
        source: source('management/license.yaml'),
        patch: [
          { op: 'replace', path: '/limit', value: 6, was: 5 },
          { op: 'replace', path: '/serial', value: '(secret)', was: '(secret)' },
        ],
      },
      {
        action: 'create',
        resource: STORES,
        name: 'new',
        href: HREF,
        source: source('trust_stores.yaml'),
        patch: [{ op: 'add', path: '', value: body('new') }],
      },
      {
        action: 'update',
        resource: STORES,
        name: 'renamed',
        href: `${HREF}/1`,
        source: source('trust_stores.yaml'),
        patch: [{ op: 'replace', path: '/name', value: 'renamed', was: 'first' }],
      },
      {
        action: 'delete',
        resource: STORES,
        name: 'second',
        href: `${HREF}/2`,
        source: source('trust_stores.yaml'),
        patch: [{ op: 'remove', path: '', was: body('second'), reason: 'absent' }],
      },
      {
        action: 'delete',
        resource: STORES,
        name: 'third',
        href: `${HREF}/3`,
        source: source('trust_stores.yaml', 9),
        patch: [{ op: 'remove', path: '', was: body('third'), reason: 'pruned' }],
      },
      {
        action: 'action',
        resource: JOIN,
        name: null,
        href: '/api/starling/join',
        source: source('starling/join.yaml'),
        patch: [{ op: 'replace', path: '/joined', value: false, was: true }],
      },
    ]);
    expect(shown).toMatchObject({
      inSync: false,
      summary: { create: 1, update: 1, delete: 2, reorder: 0, upload: 1, action: 1, unchanged: 0 },
      warnings: [{ code: 'upload-note' }],
    });
  });

  test('knows no other reason to remove, and a reason nowhere else', () => {
    const shown = JSON.stringify(document(everything()));
    const changed = (from: string, to: string) => fits(JSON.parse(shown.replace(from, to)));
    expect(shown).toContain('"reason":"pruned"');
    expect(changed('"reason":"pruned"', '"reason":"other"')).toBe(false);
    expect(changed('"was":5', '"was":5,"reason":"absent"')).toBe(false);
    expect(changed('"action":"create"', '"action":"make"')).toBe(false);
  });
});

describe('the text', () => {
  test('shows every kind of operation, whole objects member by member, and sums up', () => {
    const certificate = JSON.stringify([{ certificate: describeCertificate(authority) }]);
    const members = (sign: string, name: string) => [
      `    ${sign} /authorities       ${certificate}`,
      `    ${sign} /crl_urls          []`,
      `    ${sign} /name              "${name}"`,
      `    ${sign} /revocation_check  "none"`,
    ];
    const text = planText(everything(), options.sealer, PLAIN);
    const blocks = text.split('\n\n').map((block) => block.split('\n'));
    // The members of a whole object come as they come: in a file, or from the appliance.
    const sorted = blocks.map(([head, ...lines]) => [head, ...lines.toSorted()]);
    expect(sorted).toEqual([
      [
        '~ management/license (upload of license.txt)  management/license.yaml:3',
        '    ~ /limit   5 → 6',
        '    ~ /serial  (secret) → (secret)',
      ],
      ['+ trust_stores "new"  trust_stores.yaml:3', ...members('+', 'new')],
      ['~ trust_stores "renamed"  trust_stores.yaml:3', '    ~ /name  "first" → "renamed"'],
      ['- trust_stores "second" (state: absent)  trust_stores.yaml:3', ...members('-', 'second')],
      ['- trust_stores "third" (pruned: no document names it)  trust_stores.yaml:9', ...members('-', 'third')],
      ['~ starling/join (unjoin, after the transaction)  starling/join.yaml:3', '    ~ /joined  true → false'],
      ['Plan: 1 to upload, 1 to create, 1 to update, 2 to delete, 1 action after it; 0 unchanged.', ''],
    ]);
  });

  test('colours are around the parts, and the parts the same', () => {
    const plan = everything();
    const coloured = planText(plan, options.sealer, COLOURS);
    expect(coloured).not.toBe(planText(plan, options.sealer, PLAIN));
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(planText(plan, options.sealer, PLAIN));
  });

  test('an object that is removed without being one is shown as all of it', () => {
    const live = new Map([['odd', collectionOf('odd', { 1: { name: 'x' } })]]);
    const [operation] = computePlan(desiring([absentFrom('odd', 'x')]), live, registry, options).operations;
    const found = operation ?? expect.fail();
    const patch = [{ op: 'remove', path: '', was: 'text', reason: 'absent' }] as const;
    const plan = { ...everything(), operations: [{ ...found, comparison: { ...found.comparison, patch } }] };
    expect(planText(plan as Plan, options.sealer, PLAIN)).toContain('    - (all of it)  "text"\n');
  });

  test('names from files and from the appliance cannot steer the terminal or begin a line', () => {
    const bad = 'x\u001b[2J\r\n\u009b1m\u202eIn sync\u0007\u2028';
    const live = new Map([
      ...present({ [LICENSE]: { serial: 'one' } }),
      ['odd', collectionOf('odd', { 1: { name: `${bad}old` } })] as const,
    ]);
    const documents = [
      memberOf('odd', bad, { [bad]: bad }),
      wanted(LICENSE, { serial: 'two' }, { upload: { name: bad, bytes: new Uint8Array() } }),
    ];
    const plan = computePlan(desiring(documents, [pruning('odd')]), live, registry, options);
    const text = planText(plan, options.sealer, PLAIN);
    expect(plan.operations.map(({ action }) => action)).toEqual(['upload', 'create', 'delete']);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(text.trimEnd().split('\n')).toHaveLength(11);
  });
});
