import { describe, test } from 'vitest';
import { expectGivenUp, type BadAnswer } from './bad-input.ts';
import { FILES, LIVE_SPLUNK } from './harness.ts';
import { SECRETS } from './leaks.ts';

const LOGIN = '/api/authentication';
const SUPPORT = '/api/configuration/management/support_info';
const SPLUNK = '/api/configuration/management/splunk_forwarder';

const unreachable = { exit: 1, reason: 'TargetUnreachable', code: 'TargetUnreachable' } as const;
/** What has to be sent may take longer than the harness's second. */
const PATIENT = 'appliance: { requests: { timeout: 30s } }\n';
/** Reads are tried three times. */
const THRICE = 3;
const PAGE = `<html><body>Bad Gateway ${SECRETS.liveToken}</body></html>`;

const ROWS: readonly BadAnswer[] = [
  {
    ...{ name: 'a wrong password', exit: 1, reason: 'AuthFailed', code: 'AuthFailed' },
    env: { SPS_PASSWORD: SECRETS.file },
    ...{ says: `GET ${LOGIN} answered 401`, next: /Check appliance\.login/ },
  },
  {
    ...{ name: 'no right to read', exit: 1, reason: 'Forbidden', code: 'Forbidden' },
    arrange: (w) => {
      const error = { type: 'Unauthorized', message: `not with ${SECRETS.password}`, details: {} };
      w.simulator.faults.add({ kind: 'status', status: 403, json: { error }, match: { path: SUPPORT } });
    },
    ...{ says: `GET ${SUPPORT} answered 403 Unauthorized`, next: /give the account the REST privilege/ },
  },
  {
    ...{ name: 'a session that ends again and again', exit: 1, reason: 'AuthFailed', code: 'AuthFailed' },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'expire-session', match: { path: SUPPORT }, times: 2 });
    },
    ...{ says: 'ended the session twice', next: /look for a session limit/ },
  },
  {
    ...{ name: "a proxy's HTML 502 at the login", ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'html', html: PAGE, match: { path: LOGIN }, times: THRICE });
    },
    ...{ says: `GET ${LOGIN} answered 502 with text/html instead of JSON`, next: /leads to the appliance itself/ },
  },
  {
    ...{ name: "a proxy's HTML 200", ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'html', status: 200, html: PAGE, match: { path: SUPPORT } });
    },
    ...{ says: `GET ${SUPPORT} answered 200 with text/html instead of JSON`, next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'a redirect to a login page', ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'redirect', location: `/?t=${SECRETS.liveToken}`, match: { path: '/api/info' } });
    },
    ...{ says: 'GET /api/info answered 302', next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'a server error that repeats a secret of the files', ...unreachable },
    files: { 'a.yaml': FILES.splunk },
    arrange: (w) => {
      const json = {
        error: { type: 'InternalError', message: `failed at ${SECRETS.token}`, details: [SECRETS.token] },
      };
      w.simulator.faults.add({ kind: 'status', status: 500, json, match: { path: SPLUNK }, times: THRICE });
    },
    ...{ says: `GET ${SPLUNK} answered 500 InternalError`, next: /appliance's own log/ },
  },
  {
    ...{ name: 'a truncated body', ...unreachable },
    files: { 'a.yaml': FILES.splunk },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'truncate', match: { path: SPLUNK }, times: THRICE });
    },
    ...{
      says: `GET ${SPLUNK} was cut off before the answer was complete`,
      next: /stands between this machine and the appliance/,
    },
  },
  {
    ...{ name: 'a connection cut without an answer', ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'drop-before', match: { path: '/api/info' }, times: THRICE });
    },
    ...{
      says: 'GET /api/info was cut off before the answer was complete',
      next: /stands between this machine and the appliance/,
    },
  },
  {
    ...{ name: 'a body far too long', ...unreachable },
    settings: PATIENT,
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'huge', bytes: 17 * 1024 * 1024, match: { path: SUPPORT } });
    },
    ...{ says: `GET ${SUPPORT} answered 200 with more than 16 MiB`, next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'no answer at all', ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'hang', match: { path: LOGIN } });
    },
    ...{ says: `GET ${LOGIN} timed out after 1s`, next: /raise appliance\.requests\.timeout/ },
  },
  {
    ...{ name: 'JSON without a body', ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'wrong-shape', json: { data: SECRETS.unknown }, match: { path: SUPPORT } });
    },
    ...{ says: `GET ${SUPPORT} answered 200 with neither "body" nor "items"`, next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'JSON that is a text', ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'wrong-shape', json: SECRETS.unknown, match: { path: SUPPORT } });
    },
    ...{ says: `GET ${SUPPORT} answered 200 with JSON that is not an object`, next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'an appliance that says nonsense of itself', ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'wrong-shape', json: { body: { hostname: 7 } }, match: { path: '/api/info' } });
    },
    ...{ says: 'GET /api/info answered 200 with "hostname" not a string', next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'a listing where one object was expected', ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'wrong-shape', json: { items: [] }, match: { path: SUPPORT } });
    },
    ...{ says: `GET ${SUPPORT} answered with a listing`, next: /check that appliance\.url is an SPS appliance/ },
  },
  {
    ...{ name: 'a number that JavaScript cannot hold', ...unreachable },
    arrange: (w) => {
      w.simulator.faults.add({ kind: 'wrong-shape', json: { body: { uri: 2 ** 60 } }, match: { path: SUPPORT } });
    },
    ...{ says: `GET ${SUPPORT} answered with a number beyond 2^53`, next: /take the resource out/ },
  },
  {
    ...{ name: 'a value of a type that it cannot have', ...unreachable },
    arrange: (w) => {
      w.simulator.setConfiguration('management/support_info', { uri: [SECRETS.liveToken] });
    },
    ...{ says: 'values that make no sense', next: /compare with the REST guide/ },
  },
  {
    ...{ name: 'an endpoint that the firmware lacks', exit: 3, reason: 'Unsupported', code: 'unsupported-by-firmware' },
    files: { 'a.yaml': `# its place\nresource: x/undescribed\nbody: ${SECRETS.unknown}\n` },
    findings: ['unsupported-by-firmware a.yaml:2:11 /resource'],
    ...{ says: 'the appliance lacks a resource', next: /optional: true/ },
  },
  {
    ...{ name: 'a body that lacks a member', exit: 3, reason: 'InputInvalid', code: 'missing-member' },
    files: { 'a.yaml': FILES.splunk.replace('port: 8089', 'enabled: true') },
    arrange: (w) => {
      w.simulator.setConfiguration('management/splunk_forwarder', { ...LIVE_SPLUNK, enabled: false });
      w.simulator.setConfiguration('management/splunk_forwarder', { enabled: false });
    },
    findings: ['flush_interval', 'host', 'port', 'ssl'].map(() => 'missing-member a.yaml:3:3 /body'),
    ...{ says: 'does not fit the appliance', next: /the member "host" is missing/ },
  },
];

describe('an appliance that answers with', () => {
  test.each(ROWS)('$name', expectGivenUp);
});
