import { describe, expect, test } from 'vitest';
import type { DesiredResource, UploadFile } from '../../../src/desired/desired-state.ts';
import type { LiveResource } from '../../../src/plan/live-resource.ts';
import { computePlan, type Plan } from '../../../src/plan/plan.ts';
import { shownOperation } from '../../../src/plan/show-operation.ts';
import { companionsOf } from '../../../src/plan/starling.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { Secret } from '../../../src/shared/secret.ts';
import type { SecretTree } from '../../../src/shared/secret-tree.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { desiring, present, sealing, wanted } from './parts.ts';

const registry = realRegistry();
const LICENSE = 'management/license';
const JOIN = 'starling/join';
const OFF_BY_SECRET: SecretTree = { remote_access: { enabled: new Secret(false) } };

function planned(documents: readonly DesiredResource[], live: ReadonlyMap<string, LiveResource>): Plan {
  return computePlan(desiring(documents), live, registry, sealing());
}

function steps(plan: Plan): readonly Json[] {
  const { sealer } = sealing();
  return plan.operations.map((operation) => shownOperation(operation, sealer)['patch'] ?? null);
}

function told({ errors }: Plan): readonly string[] {
  return errors.map(({ code, pointer }) => `${code} ${pointer}`);
}

const FILE: UploadFile = { name: 'license.txt', bytes: new TextEncoder().encode('a license') };
const LIVE = {
  customer: 'Example',
  limit: 5,
  limit_type: 'host',
  serial: 'one',
  valid_not_after: '2031-05-01',
  valid_not_before: '2021-05-01',
};

describe('the license', () => {
  const license = (body: SecretTree, live: Json = LIVE, upload: UploadFile | null = FILE) =>
    planned([wanted(LICENSE, body, { upload })], present({ [LICENSE]: live }));

  test.each(Object.entries(LIVE))('is uploaded when %s alone differs', (member, was) => {
    const others: Readonly<Record<string, Json>> = {
      customer: 'Other',
      limit: 6,
      limit_type: 'session',
      serial: 'two',
      valid_not_after: '2032-05-01',
      valid_not_before: '2022-05-01',
    };
    const value = others[member] ?? expect.fail();
    const plan = license({ [member]: value });
    expect(plan.operations).toMatchObject([
      {
        action: 'upload',
        resource: LICENSE,
        name: null,
        href: '/api/configuration/management/license',
        member: null,
        file: FILE,
        remedy: { path: '/api/upload/license', field: 'data' },
      },
    ]);
    expect(steps(plan)).toEqual([[{ op: 'replace', path: `/${member}`, value, was }]]);
    expect(license({ [member]: was })).toMatchObject({ operations: [], unchanged: 1, managedLive: 1 });
  });

  test('what is not in the document is no reason to upload', () => {
    expect(license({})).toMatchObject({ operations: [], unchanged: 1 });
    expect(steps(license({ ...LIVE, serial: 'two', limit: 9 }))).toEqual([
      [
        { op: 'replace', path: '/limit', value: 9, was: 5 },
        { op: 'replace', path: '/serial', value: 'two', was: 'one' },
      ],
    ]);
  });

  test.each<[string, SecretTree]>([
    ['slashes', '2031/05/01'],
    ['hyphens', '2031-05-01'],
    ['slashes, from elsewhere', new Secret('2031/05/01')],
  ])('a date is the same with %s', (_name, date) => {
    expect(license({ valid_not_after: date })).toMatchObject({ operations: [], unchanged: 1, errors: [] });
  });

  test('another date is another one in either spelling', () => {
    for (const date of ['2031/05/02', '2031-05-02']) {
      const plan = license({ valid_not_after: date });
      expect(steps(plan)).toEqual([
        [{ op: 'replace', path: '/valid_not_after', value: '2031-05-02', was: '2031-05-01' }],
      ]);
    }
  });

  test('an appliance without one has none of its members', () => {
    const absent = [[{ op: 'replace', path: '/serial', value: 'one', was: null }]];
    expect(steps(license({ serial: 'one' }, null))).toEqual(absent);
    expect(steps(license({ serial: 'one' }, {}))).toEqual(absent);
    expect(license({}, null)).toMatchObject({ operations: [], unchanged: 1 });
  });

  test('says what an operator has to do beside it, only where there is an upload', () => {
    expect(license({ serial: 'two' }).warnings).toMatchObject([{ severity: 'warning', code: 'upload-note' }]);
    expect(license({ serial: 'two' }).warnings[0]?.message).toMatch(/all traffic is restarted/);
    expect(license({ serial: 'one' }).warnings).toEqual([]);
  });

  test('a document without a file is told that one is needed', () => {
    const plan = license({ serial: 'two' }, LIVE, null);
    expect(plan).toMatchObject({ operations: [], managedLive: 1, unchanged: 0 });
    expect(told(plan)).toEqual(['upload-missing /body']);
    expect(license({ serial: 'one' }, LIVE, null)).toMatchObject({ errors: [], unchanged: 1 });
  });

  test('a file beside members that are as wanted is not sent', () => {
    expect(license({ ...LIVE })).toMatchObject({ operations: [], errors: [] });
  });

  test('an ignored member is no reason, a secret one is and is not shown', () => {
    const document = wanted(LICENSE, { serial: 'one' }, { upload: FILE, ignore: ['/limit'] });
    expect(planned([document], present({ [LICENSE]: { ...LIVE, limit: 7 } })).operations).toEqual([]);
    const options = sealing();
    const secret = [wanted(LICENSE, { serial: new Secret('two') }, { upload: FILE })];
    const plan = computePlan(desiring(secret), present({ [LICENSE]: LIVE }), registry, options);
    expect(plan.operations.map((operation) => shownOperation(operation, options.sealer)['patch'])).toEqual([
      [{ op: 'replace', path: '/serial', value: '(secret)', was: '(secret)' }],
    ]);
  });

  test.each<[string, Json]>([
    ['a text', 'a license'],
    ['a number', 5],
    ['a list', [LIVE]],
    ['false', false],
  ])('an answer that is %s is no ground to upload', (_name, nonsense) => {
    for (const body of [{ serial: 'two' }, {}]) {
      const plan = license(body, nonsense);
      expect(plan).toMatchObject({ operations: [], unchanged: 0, errors: [] });
      expect(plan.misshapen).toEqual([`${LICENSE} (the whole body)`]);
    }
  });

  test('another reading is compared with the same condition', () => {
    const [operation] = license({ serial: 'two' }).operations;
    expect(operation?.comparison.again({ ...LIVE, serial: 'two', limit: 99 }).patch).toEqual([]);
    expect(operation?.comparison.again(null).patch).toMatchObject([{ op: 'replace', was: null }]);
  });
});

describe('leaving Starling', () => {
  const joined = { joined: true, product_instance: 'i', product_name: 'SPS', product_tims: 't' };
  const access = (enabled: boolean): JsonObject => ({ join_info: { a: 1 }, remote_access: { enabled } });
  const leave = wanted(JOIN, { joined: false });

  function left(documents: readonly DesiredResource[], starling: Json | undefined, join: Json = joined): Plan {
    return planned(documents, present({ [JOIN]: join, ...(starling === undefined ? {} : { starling }) }));
  }

  test('is an action at the resource’s own path', () => {
    const plan = left([leave], access(false));
    expect(plan.operations).toMatchObject([
      { action: 'action', resource: JOIN, name: null, href: '/api/starling/join', remedy: { kind: 'unjoin' } },
    ]);
    expect(steps(plan)).toEqual([[{ op: 'replace', path: '/joined', value: false, was: true }]]);
    expect(told(plan)).toEqual([]);
  });

  test.each([
    ['false, and it is so', { joined: false }, { joined: false }],
    ['true, and it is so', { joined: true }, joined],
    ['what the appliance says', joined, joined],
    ['nothing', {}, joined],
  ])('wanting %s needs nothing', (_name, body, live) => {
    expect(left([wanted(JOIN, body)], access(true), live)).toMatchObject({ operations: [], unchanged: 1, errors: [] });
  });

  test('whoever wants a join wants its particulars, too', () => {
    const plan = left([wanted(JOIN, { joined: true, product_name: 'other' })], access(false));
    expect([plan.operations, told(plan)]).toEqual([[], ['not-settable /body/product_name']]);
  });

  test('joining needs a person', () => {
    const plan = left([wanted(JOIN, { joined: true })], access(false), { joined: false });
    expect(plan.operations).toEqual([]);
    expect(told(plan)).toEqual(['not-joined /body/joined']);
    expect(plan.errors[0]?.hint).toContain('Basic Settings > Starling Integration');
  });

  test.each(['product_instance', 'product_name', 'product_tims'])('%s cannot be set', (member) => {
    const plan = left([wanted(JOIN, { [member]: 'other' })], access(false));
    expect(plan.operations).toEqual([]);
    expect(told(plan)).toEqual([`not-settable /body/${member}`]);
    expect(plan.errors[0]?.message).toMatch(new RegExp(`^${member} `));
    // Whoever wants no join wants none of its particulars, which go with it.
    const gone = left([wanted(JOIN, { [member]: 'other', joined: false })], access(false));
    expect(told(gone)).toEqual([]);
    expect(gone.operations.map(({ comparison }) => comparison.patch.map(({ path }) => path))).toEqual([['/joined']]);
  });

  test('a body that is no object is nothing that can be set', () => {
    const plan = left([wanted(JOIN, 'joined')], access(false));
    expect(plan.operations).toEqual([]);
    expect(plan.errors.map(({ code, message }) => [code, message.split(' ')[0]])).toContainEqual([
      'not-settable',
      JOIN,
    ]);
  });

  test.each<
    readonly [name: string, documents: readonly DesiredResource[], starling: Json | undefined, refused: boolean]
  >([
    ['on, and not managed', [leave], access(true), true],
    ['off, and not managed', [leave], access(false), false],
    ['not there: the firmware has no such resource', [leave], undefined, false],
    ['of another shape', [leave], { remote_access: null }, false],
    ['on, and wanted off', [leave, wanted('starling', { remote_access: { enabled: false } })], access(true), false],
    ['on, and wanted so', [leave, wanted('starling', { remote_access: { enabled: true } })], access(true), true],
    ['off, and wanted on', [leave, wanted('starling', { remote_access: { enabled: true } })], access(false), true],
    ['off, and wanted so', [leave, wanted('starling', { remote_access: { enabled: false } })], access(false), false],
    ['on, managed, and left as it is', [leave, wanted('starling', { remote_access: {} })], access(true), true],
    ['on, wanted off by a secret', [leave, wanted('starling', OFF_BY_SECRET)], access(true), false],
    ['on, and nobody leaves', [wanted(JOIN, { joined: true })], access(true), false],
  ])('remote access %s', (_name, documents, starling, refused) => {
    const plan = left(documents, starling);
    expect(told(plan)).toEqual(refused ? ['remote-access-on /body/joined'] : []);
    if (refused) expect(plan.errors[0]).toMatchObject({ position: { file: 'starling/join.yaml' } });
  });

  test('remote access goes off inside the transaction, the leaving comes after it', () => {
    const plan = left([leave, wanted('starling', { remote_access: { enabled: false } })], access(true));
    expect(plan.operations.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'update starling',
      `action ${JOIN}`,
    ]);
    const { sealer } = sealing();
    expect(sealer.mask(plan.operations[0]?.comparison.target ?? null)).toMatchObject({
      remote_access: { enabled: false },
    });
  });

  test('an answer that does not tell whether the appliance is joined is no ground to leave', () => {
    for (const nonsense of [{}, [], 'joined', null, { joined: 'yes' }]) {
      const plan = left([leave], access(false), nonsense as Json);
      expect(plan.operations).toEqual([]);
      const isObject = nonsense === null || (typeof nonsense === 'object' && !Array.isArray(nonsense));
      expect(plan.misshapen).toEqual([`starling/join ${isObject ? '/joined' : '(the whole body)'}`]);
    }
  });
});

test('remote access on an appliance that is not joined is an input error', () => {
  const live = present({ starling: { join_info: null, remote_access: { enabled: false } } });
  const plan = planned([wanted('starling', { remote_access: { enabled: true } })], live);
  expect(told(plan)).toEqual(['wrong-value /body/remote_access/enabled']);
  expect(plan.errors[0]?.message).toContain('Basic Settings > Starling Integration');
});

describe('what has to be read beside what is managed', () => {
  const leave = wanted(JOIN, { joined: false });
  const absent: LiveResource = { resource: JOIN, state: 'unsupported' };

  test.each<
    readonly [name: string, document: DesiredResource, live: ReadonlyMap<string, LiveResource>, more: readonly string[]]
  >([
    ['leaving while joined', leave, present({ [JOIN]: { joined: true } }), ['starling']],
    [
      'leaving, asked for by a secret',
      wanted(JOIN, { joined: new Secret(false) }),
      present({ [JOIN]: { joined: true } }),
      ['starling'],
    ],
    ['leaving, starling read already', leave, present({ [JOIN]: { joined: true }, starling: {} }), []],
    ['leaving, not read', leave, new Map(), []],
    ['leaving, done already', leave, present({ [JOIN]: { joined: false } }), []],
    ['leaving, the firmware without it', leave, new Map([[JOIN, absent]]), []],
    ['leaving, the answer no object', leave, present({ [JOIN]: [] }), []],
    ['staying', wanted(JOIN, { joined: true }), present({ [JOIN]: { joined: true } }), []],
    ['saying nothing of it', wanted(JOIN, {}), present({ [JOIN]: { joined: true } }), []],
    ['another resource', wanted('other', { joined: false }), present({ other: { joined: true } }), []],
  ])('%s', (_name, document, live, more) => {
    expect(companionsOf([document], live)).toEqual(more);
    expect(companionsOf([wanted('reporting', {}), document, wanted('other', { joined: false })], live)).toEqual(more);
  });
});
