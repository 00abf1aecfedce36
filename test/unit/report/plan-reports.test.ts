import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/plan/plan.ts';
import { COLOURS, PLAIN } from '../../../src/report/paint.ts';
import { planDocument, planSummary, type PlanFacts } from '../../../src/report/plan-document.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { costDocument, outcomeDocument } from '../../../src/report/run-document.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { OUTCOME_TABLE, type FailureCase, type OutcomeCase } from '../../../src/shared/outcome.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { SecretBook, WITHHELD } from '../../../src/shared/secret-book.ts';
import { ROOT } from '../../resource-schemas.ts';
import { operationOn, planOf, sealing, updating } from '../plan/parts.ts';

const SCHEMA = JSON.parse(readFileSync(new URL('schemas/plan.schema.json', ROOT), 'utf8')) as JsonObject;
const fits = new Ajv2020({ allErrors: true, strict: false }).compile(SCHEMA);
const DIGEST = `sha256:${'a'.repeat(64)}`;
const REVISION = { commit: 'c'.repeat(40), subject: 'Subject', author: 'Ann', dirty: true, digest: DIGEST };
const BOX = { hostname: 'sps1', firmware: '8.0.0', roles: [], configHash: 'abc' };

const options = sealing();
const BODIES: JsonObject = { token: { 'x-sps-secret': true }, name: {}, count: {}, list: {} };
const CHANGED = planOf(
  { name: 'old', token: 'old-token', odd: 'old-odd', count: 1, list: [1, 2] },
  { name: 'new', token: new Secret('new-token'), odd: 'new-odd', added: null, list: [1] },
  { properties: BODIES },
  options,
);

function facts(plan: Plan, changes: Partial<PlanFacts> = {}): PlanFacts {
  const secrets = new SecretBook();
  const { sealer } = options;
  return {
    plan,
    revision: REVISION,
    appliance: BOX,
    url: 'https://sps.example.com',
    warnings: [],
    sealer,
    secrets,
    ...changes,
  };
}

function valid(document: JsonObject): JsonObject {
  expect(fits(document), JSON.stringify(fits.errors)).toBe(true);
  return document;
}

describe('the document', () => {
  test('has every member of the contract, in its order', () => {
    const document = valid(planDocument(facts(CHANGED)));
    expect(Object.keys(document)).toEqual([
      'version',
      'digest',
      'inSync',
      'revision',
      'appliance',
      'summary',
      'operations',
      'warnings',
    ]);
    expect(document).toMatchObject({
      version: 1,
      digest: CHANGED.digest,
      inSync: false,
      revision: REVISION,
      appliance: { url: 'https://sps.example.com', hostname: 'sps1', firmware: '8.0.0', configHash: 'abc' },
      summary: { create: 0, update: 1, delete: 0, reorder: 0, upload: 0, action: 0, unchanged: 0 },
    });
    expect(document['operations']).toEqual([
      {
        action: 'update',
        resource: 'test/thing',
        name: null,
        href: '/api/configuration/test/thing',
        source: { file: 'test/thing.yaml', line: 3 },
        patch: [
          { op: 'remove', path: '/list/1', was: '(not shown: no schema)' },
          { op: 'replace', path: '/name', value: 'new', was: 'old' },
          { op: 'replace', path: '/odd', value: '(not shown: no schema)', was: '(not shown: no schema)' },
          { op: 'replace', path: '/token', value: '(secret)', was: '(secret)' },
          { op: 'add', path: '/added', value: '(not shown: no schema)' },
        ],
      },
    ]);
  });

  test('of a plan without operations is in sync, unless something is wrong', () => {
    const idle = updating([], { unchanged: 3 });
    expect(valid(planDocument(facts(idle)))).toMatchObject({ inSync: true, operations: [], summary: { unchanged: 3 } });
    const wrong = updating([], { errors: [{ severity: 'error', code: 'c', message: 'm' }] });
    expect(planDocument(facts(wrong))['inSync']).toBe(false);
  });

  test('without git, and without knowing the appliance', () => {
    const revision = { commit: null, subject: null, author: null, dirty: false, digest: DIGEST };
    const appliance = { hostname: null, firmware: null, roles: [], configHash: null };
    expect(valid(planDocument(facts(CHANGED, { revision, appliance })))).toMatchObject({
      revision,
      appliance: { hostname: null, firmware: null, configHash: null },
    });
  });

  test('a subject or author with a secret in it is withheld', () => {
    const secrets = new SecretBook();
    secrets.add('Subject');
    secrets.add('Ann');
    expect(valid(planDocument(facts(CHANGED, { secrets })))['revision']).toMatchObject({
      subject: WITHHELD,
      author: WITHHELD,
    });
  });

  test('warnings come with their place where they have one, the plan’s own first', () => {
    const position = { file: 'a.yaml', line: 4, column: 2 };
    const plan = {
      ...CHANGED,
      warnings: [{ severity: 'warning', code: 'one', message: 'm', position, hint: 'h' }],
    } as const;
    const warnings = [{ severity: 'warning', code: 'two', message: 'n' }] as const;
    expect(valid(planDocument(facts(plan, { warnings })))['warnings']).toEqual([
      { code: 'one', message: 'm', file: 'a.yaml', line: 4 },
      { code: 'two', message: 'n' },
    ]);
  });

  test('the schema refuses what the contract does not know', () => {
    const document = planDocument(facts(CHANGED));
    expect([fits({ ...document, more: 1 }), fits({ ...document, digest: 'x' }), fits({ version: 1 })]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test.each(Object.keys(OUTCOME_TABLE) as OutcomeCase[])('with how a run ended: %s', (end) => {
    const { outcome, reason, transaction } = OUTCOME_TABLE[end];
    const state = transaction[0] ?? 'none';
    if (outcome === 'in-sync' || outcome === 'applied' || outcome === 'differences') {
      expect(outcomeDocument({ end, transaction: state, error: null })).toEqual({
        outcome,
        transaction: state,
        reason,
      });
      return;
    }
    const position = { file: 'a.yaml', line: 4, column: 2 };
    const finding = { severity: 'error', code: 'f', message: 'm', hint: 'h', pointer: '/body', position } as const;
    const error = new SpsGitopsError(end as FailureCase, 'message', {
      hint: 'hint',
      details: { a: [1] },
      findings: [finding, { severity: 'error', code: 'g', message: 'n' }],
    });
    const document = { version: 1, ...outcomeDocument({ end, transaction: state, error }) };
    expect(valid(document)['error']).toEqual({
      code: reason,
      message: 'message',
      hint: 'hint',
      details: {
        a: [1],
        findings: [
          { severity: 'error', code: 'f', message: 'm', hint: 'h', pointer: '/body', ...position },
          { severity: 'error', code: 'g', message: 'n' },
        ],
      },
    });
    const bare = new SpsGitopsError(end as FailureCase, 'message', { code: 'own-code' });
    expect(outcomeDocument({ end, transaction: state, error: bare })['error']).toEqual({
      code: 'own-code',
      message: 'message',
      details: {},
    });
  });
});

test('what a run cost comes in whole milliseconds', () => {
  const cost = { staged: 1, committed: 2, requests: { GET: 3 }, durationMs: 1.5, lockHeldMs: 0.4 };
  expect(costDocument(cost)).toEqual({ staged: 1, committed: 2, requests: { GET: 3 }, durationMs: 2, lockHeldMs: 0 });
});

test('operations are counted by what they do', () => {
  const operations = [operationOn('a'), operationOn('b')];
  expect(planSummary(updating([], { operations, unchanged: 4 }))).toEqual({
    create: 0,
    update: 2,
    delete: 0,
    reorder: 0,
    upload: 0,
    action: 0,
    unchanged: 4,
  });
});

describe('the text', () => {
  const text = (plan: Plan) => planText(plan, options.sealer, PLAIN);

  test.each([
    [0, 'In sync: 0 resources, nothing to do.\n'],
    [1, 'In sync: 1 resource, nothing to do.\n'],
    [2, 'In sync: 2 resources, nothing to do.\n'],
  ])('with %i resources in sync', (unchanged, expected) => {
    expect(text(updating([], { unchanged }))).toBe(expected);
  });

  test('shows each step, old and new, masks without quotes', () => {
    expect(text({ ...CHANGED, unchanged: 6 }).split('\n')).toEqual([
      '~ test/thing  test/thing.yaml:3',
      '    - /list/1  (not shown: no schema)',
      '    ~ /name    "old" → "new"',
      '    ~ /odd     (not shown: no schema) → (not shown: no schema)',
      '    ~ /token   (secret) → (secret)',
      '    + /added   (not shown: no schema)',
      '',
      'Plan: 1 to update; 6 unchanged.',
      '',
    ]);
  });

  test('a value in brackets that is no mask keeps its quotes', () => {
    expect(text(planOf({ name: '(old)' }, { name: 'x' }, { properties: BODIES }, options))).toContain('"(old)" → "x"');
  });

  test('a body that is a scalar is shown as all of it', () => {
    expect(text(planOf('old', 'new', {}, options))).toContain('~ (all of it)  "old" → "new"');
  });

  test('one block for each resource', () => {
    expect(text(updating(['a/b', 'c/d'])).split('\n\n')).toHaveLength(3);
  });

  test('colours are around the parts, and the parts the same', () => {
    const coloured = planText(CHANGED, options.sealer, COLOURS);
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(text(CHANGED));
    expect(coloured).not.toMatch(/old-token|new-token|old-odd|new-odd/);
  });

  test('nothing from the appliance or the files can steer the terminal or begin a line', () => {
    const bad = 'x\u001b[2J\r\n\u009b1m\u202eIn sync\u0007\u2028';
    const live: Json = { name: bad, [bad]: 1, count: { [bad]: bad } };
    const plan = planOf(
      live,
      { name: `${bad}!`, [bad]: 2, count: bad },
      { properties: { ...BODIES, [bad]: {} } },
      options,
    );
    const [operation] = plan.operations;
    const source = { file: `${bad}.yaml`, line: 1, column: 1 };
    const shown = text({ ...plan, operations: [{ ...(operation ?? expect.fail()), source, resource: `a/${bad}` }] });
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(shown.split('\n')).toHaveLength(7);
  });
});
