import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectSchema, FILES, LIVE_SPLUNK, world, worldInside, type World } from './harness.ts';
import { SECRETS } from './leaks.ts';

const SUPPORT = '/api/configuration/management/support_info';
const SPLUNK = '/api/configuration/management/splunk_forwarder';
const WANTED_SUPPORT = { uri: { selection: 'url', value: 'https://help.example.com' } };

interface Row {
  readonly name: string;
  readonly arrange: (w: World) => void | Promise<void>;
  readonly outcome: string;
  readonly transaction: string;
  readonly reason: string;
  readonly exit: number;
  /** What is committed afterwards. */
  readonly committed: 'old' | 'new';
  readonly code?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const failed = { outcome: 'failed', exit: 1, committed: 'old' } as const;
const blocked = { outcome: 'blocked', exit: 4, committed: 'old' } as const;
const unauthorized = { error: { type: 'Unauthorized', message: `no right, ${SECRETS.liveToken}`, details: {} } };

// What was never read cannot be recognised; what the files hold can.
const noRightToRead = { error: { type: 'Unauthorized', message: `no right, ${SECRETS.token}`, details: {} } };

const ROWS: readonly Row[] = [
  {
    ...{ name: 'a file that is not valid', ...failed, transaction: 'none', reason: 'InputInvalid', exit: 3 },
    arrange: (w) => w.files({ 'bad.yaml': 'resource: management/soap_\nbody: { enabled: yes }\n' }),
  },
  {
    ...{ name: 'a body that is not complete', ...failed, transaction: 'none', reason: 'InputInvalid', exit: 3 },
    code: 'missing-member',
    arrange: (w) => w.simulator.setConfiguration('management/splunk_forwarder', { enabled: false }),
    env: { EXTRA: 'x' },
  },
  {
    ...{ name: 'a checkout that is being written', ...failed, transaction: 'none', reason: 'InputUnstable' },
    arrange: async (w) => {
      await w.commit();
      await writeFile(join(w.folder, 'config', '.git', 'index.lock'), '');
      await w.give('settings.yaml', 'desiredState: { read: worktree }\n');
    },
    env: { SPS_GITOPS_SETTINGS: 'given/settings.yaml' },
  },
  {
    ...{ name: 'an endpoint that the firmware lacks', ...failed, transaction: 'none', reason: 'Unsupported', exit: 3 },
    code: 'unsupported-by-firmware',
    arrange: (w) => w.files({ 'soap.yaml': 'resource: management/soap\nbody: { enabled: true }\n' }),
  },
  {
    ...{ name: 'an appliance that is not there', ...failed, transaction: 'none', reason: 'TargetUnreachable' },
    arrange: (w) => w.simulator.stop(),
  },
  {
    ...{ name: "a proxy's page instead of an answer", ...failed, transaction: 'none', reason: 'TargetUnreachable' },
    arrange: (w) => w.simulator.faults.add({ kind: 'html', match: { path: SUPPORT }, times: 3 }),
  },
  {
    ...{
      name: 'a connection cut in the middle of staging',
      ...failed,
      transaction: 'rolled-back',
      reason: 'TargetUnreachable',
    },
    arrange: (w) => w.simulator.faults.add({ kind: 'drop-after', match: { method: 'PUT', path: SUPPORT } }),
  },
  {
    ...{ name: 'a lost answer to the open', ...failed, transaction: 'rolled-back', reason: 'TargetUnreachable' },
    arrange: (w) => w.simulator.faults.add({ kind: 'drop-after', match: { method: 'POST', path: '/api/transaction' } }),
  },
  {
    ...{
      name: 'a server error at the second write',
      ...failed,
      transaction: 'rolled-back',
      reason: 'TargetUnreachable',
    },
    arrange: (w) =>
      w.simulator.faults.add({
        kind: 'status',
        status: 500,
        json: unauthorized,
        match: { method: 'PUT', path: SUPPORT },
      }),
  },
  {
    ...{ name: 'a wrong password', ...failed, transaction: 'none', reason: 'AuthFailed' },
    env: { SPS_PASSWORD: 'wrong' },
    arrange: () => undefined,
  },
  {
    ...{ name: 'no right to read', ...failed, transaction: 'none', reason: 'Forbidden' },
    arrange: (w) =>
      w.simulator.faults.add({ kind: 'status', status: 403, json: noRightToRead, match: { path: SPLUNK } }),
  },
  {
    ...{ name: 'no right to write', ...failed, transaction: 'rolled-back', reason: 'Forbidden' },
    arrange: (w) =>
      w.simulator.faults.add({
        kind: 'status',
        status: 403,
        json: unauthorized,
        match: { method: 'PUT', path: SPLUNK },
      }),
  },
  {
    ...{ name: 'a lock at the open', ...blocked, transaction: 'none', reason: 'Locked' },
    arrange: (w) => w.simulator.lock('admin'),
  },
  {
    ...{ name: 'a lock at a write', ...blocked, transaction: 'rolled-back', reason: 'Locked' },
    arrange: (w) => {
      w.simulator.quirks.lockAnswer = { status: 423, type: 'Locked', message: 'by {holder}', where: 'write' };
      w.simulator.lock('admin');
    },
  },
  {
    ...{ name: 'a protected resource', ...blocked, transaction: 'none', reason: 'PlanUnsafe' },
    env: { SPS_GITOPS_SETTINGS: 'given/settings.yaml' },
    arrange: (w) => w.give('settings.yaml', 'safety: { protect: ["management/**"] }\n'),
  },
  {
    ...{ name: 'another appliance than expected', ...blocked, transaction: 'none', reason: 'PlanUnsafe' },
    env: { SPS_GITOPS_SETTINGS: 'given/settings.yaml' },
    arrange: (w) => w.give('settings.yaml', 'appliance: { expectHostname: sps2 }\n'),
  },
  {
    ...{ name: 'a resource that can cut us off', ...blocked, transaction: 'none', reason: 'PlanUnsafe' },
    arrange: (w) => w.files({ 'web.yaml': 'resource: management/webinterface\nbody: { timeout: 20 }\n' }),
  },
  {
    ...{ name: 'another writer', ...blocked, transaction: 'none', reason: 'OtherWriter' },
    arrange: async (w) => {
      await mkdir(join(w.folder, 'state'));
      const holder = {
        pid: process.pid,
        host: (await import('node:os')).hostname(),
        token: 'other',
        startedAt: new Date().toISOString(),
      };
      await writeFile(join(w.folder, 'state', 'writer.lock'), JSON.stringify(holder));
    },
  },
  {
    ...{ name: 'a value that the appliance refuses', ...failed, transaction: 'rolled-back', reason: 'StageRejected' },
    arrange: (w) => {
      w.simulator.quirks.semanticRule = () => [`refused, ${SECRETS.token} and ${SECRETS.liveToken}`];
    },
  },
  {
    ...{ name: 'a value that the appliance changes', ...failed, transaction: 'rolled-back', reason: 'VerifyFailed' },
    arrange: (w) => {
      w.simulator.quirks.normalise = (path, body) => (path === 'management/support_info' ? { uri: null } : body);
    },
  },
  {
    ...{ name: 'a change in the list that is not ours', ...failed, transaction: 'rolled-back', reason: 'PlanChanged' },
    arrange: (w) => {
      w.simulator.quirks.extraChanges = [
        { type: 'replace', path: '/api/configuration/network/dns', new_value: SECRETS.liveToken },
      ];
    },
  },
  {
    ...{ name: 'a change of an unknown kind', ...failed, transaction: 'rolled-back', reason: 'PlanChanged' },
    arrange: (w) => {
      w.simulator.quirks.extraChanges = [{ type: 'transmogrify', path: SUPPORT }];
    },
  },
  {
    ...{
      name: 'a planned change that is not in the list',
      ...failed,
      transaction: 'rolled-back',
      reason: 'PlanChanged',
    },
    arrange: (w) => {
      w.simulator.quirks.hiddenChanges = ['management/support_info'];
    },
  },
  {
    ...{ name: 'a configuration that keeps moving', ...failed, transaction: 'rolled-back', reason: 'PlanChanged' },
    arrange: (w) => {
      let port = 9000;
      w.simulator.onRequest(({ method, path }) => {
        if (method !== 'POST' || path !== '/api/transaction') return;
        port += 1;
        w.simulator.setConfiguration('management/splunk_forwarder', { ...LIVE_SPLUNK, port });
      });
    },
  },
  {
    ...{ name: 'a commit that is refused', ...failed, transaction: 'rolled-back', reason: 'CommitFailed' },
    arrange: (w) => {
      w.simulator.quirks.semanticCheck = 'commit';
      w.simulator.quirks.semanticRule = () => ['not consistent'];
    },
  },
  {
    ...{ name: 'a commit whose request was lost', ...failed, transaction: 'rolled-back', reason: 'CommitFailed' },
    arrange: (w) => w.simulator.faults.add({ kind: 'drop-before', match: { method: 'PUT', path: '/api/transaction' } }),
  },
  {
    ...{ name: 'a commit whose answer was lost', transaction: 'committed', reason: 'Succeeded', committed: 'new' },
    ...{ outcome: 'applied', exit: 0 },
    arrange: (w) => w.simulator.faults.add({ kind: 'drop-after', match: { method: 'PUT', path: '/api/transaction' } }),
  },
  {
    ...{
      name: 'a commit that was answered with an error but took effect',
      transaction: 'committed',
      reason: 'Succeeded',
    },
    ...{ outcome: 'applied', exit: 0, committed: 'new' },
    arrange: (w) =>
      w.simulator.faults.add({
        kind: 'status',
        status: 502,
        html: '<p>',
        effect: 'applied',
        match: { method: 'PUT', path: '/api/transaction' },
      }),
  },
  {
    ...{ name: 'a value that changes with the commit', ...failed, transaction: 'committed', reason: 'NotIdempotent' },
    committed: 'new',
    arrange: (w) => {
      w.simulator.quirks.normaliseAtCommit = (path, body) =>
        path === 'management/splunk_forwarder' ? { ...LIVE_SPLUNK, port: 1234 } : body;
    },
  },
  {
    ...{
      name: 'an appliance that is gone after the commit',
      ...failed,
      transaction: 'committed',
      reason: 'TargetUnreachable',
    },
    committed: 'new',
    arrange: (w) => {
      w.simulator.onRequest(({ method, path }) => {
        if (method !== 'PUT' || path !== '/api/transaction') return;
        w.simulator.faults.add({ kind: 'html', match: { method: 'GET', path: /configuration/ }, times: 1000 });
      });
    },
  },
  {
    ...{ name: 'an appliance that is gone with the commit', ...failed, transaction: 'unknown', reason: 'CommitFailed' },
    committed: 'new',
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'drop-after', match: { method: 'PUT', path: '/api/transaction' } });
      w.simulator.onRequest(({ method, path }) => {
        if (method === 'PUT' && path === '/api/transaction')
          w.simulator.faults.add({ kind: 'drop-before', match: {}, times: 1000 });
      });
    },
  },
  {
    ...{ name: 'an appliance that is gone in the middle', ...failed, transaction: 'unknown', reason: 'RollbackFailed' },
    arrange: (w) =>
      void w.simulator.onRequest(({ method, path }) => {
        if (method === 'PUT' && path === SUPPORT)
          w.simulator.faults.add({ kind: 'drop-before', match: {}, times: 1000 });
      }),
  },
];

describe('each way in which an apply can end', () => {
  test.each(ROWS)('$name: $outcome, $transaction, $reason, exit $exit', async (row) => {
    const files =
      row.env?.['EXTRA'] === undefined
        ? FILES.splunk
        : 'resource: management/splunk_forwarder\nbody: { enabled: true }\n';
    // The program itself is started for the first row of each exit code; the others run the same commands in here.
    const isFirst = ROWS.findIndex(({ exit }) => exit === row.exit) === ROWS.indexOf(row);
    const w = await (isFirst ? world : worldInside)(
      { 'a.yaml': files, 'b.yaml': FILES.support },
      { configuration: { 'management/splunk_forwarder': LIVE_SPLUNK } },
    );
    await row.arrange(w);
    const result = await w.run(['apply', '--json'], { env: row.env ?? {} });
    const document = result.json();
    expect(document).toMatchObject({ outcome: row.outcome, transaction: row.transaction, reason: row.reason });
    expect(result.code).toBe(row.exit);
    expectSchema('apply', document);
    if (row.outcome !== 'applied') expect(document.error).toMatchObject({ code: row.code ?? document.error?.code });
    if (row.exit === 3) expect(document.requests?.['POST']).toBeUndefined();
    expect(result.stdout + result.stderr).not.toMatch(/\bat .*\.js:\d+/);
    expect(w.simulator.configuration('management/support_info')).toEqual(
      row.committed === 'new' ? WANTED_SUPPORT : { uri: null },
    );
    if (row.transaction !== 'unknown') expect(w.simulator.openTransactions()).toBe(0);
  });
});
