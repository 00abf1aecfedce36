import { describe, expect, test } from 'vitest';
import { FILES, world } from './harness.ts';
import { SECRETS } from './leaks.ts';

describe('wrong usage exits with 64 and says what to do', () => {
  test.each([
    [['--nonsense'], /unknown option '--nonsense'/],
    [['--settings', 'x', 'plan'], /Usage: sps-gitops COMMAND \[options\]/],
    [['plann'], /Did you mean plan/],
    [['plan', '--jsn'], /Did you mean --json/],
    [['plan', 'extra'], /too many arguments/],
    [['plan', '--staged'], /not built in this version/],
    [['run', '--simulat'], /Did you mean --simulate/],
    [['export', '--out', 'x'], /not built in this version/],
    [['status', '--liv'], /Did you mean --live/],
    [['simulate', '--from', 'x'], /not built in this version/],
    [['simulate', '--profile', '5.0'], /Allowed choices are 6\.0, 7\.5, 8\.0/],
    [['simulate', '--port', 'x'], /0 to 65535/],
    [['apply', '--plan'], /argument missing/],
    [[], /Usage: sps-gitops/],
  ])('%j', async (args, message) => {
    const w = await world();
    const result = await w.run(args);
    expect(result.code).toBe(64);
    expect(result.stderr).toMatch(message);
    expect(result.stdout).toBe('');
  });

  test('asking for help is none', async () => {
    const w = await world();
    expect(await w.run(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect((await w.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('validate', () => {
  test('valid files', async () => {
    const w = await world({ 'a.yaml': FILES.support, 'b.yaml': FILES.splunk });
    const result = await w.run(['validate']);
    expect(result).toMatchObject({ code: 0, stdout: 'Valid: 2 documents in 2 files, 0 warnings.\n' });
    expect(w.simulator.requests).toEqual([]);
  });

  test('every finding with file, line, column, pointer and code; an excerpt without scalars', async () => {
    const bad = `resource: management/splunk_forwarder
body:
  prot: 1
  port: ${SECRETS.unknown}
  token: ${SECRETS.file}
  host: { selection: dns, value: x }
`;
    const w = await world({ 'sub/bad.yaml': bad, 'syntax.yaml': 'resource: [\n' });
    const result = await w.run(['validate']);
    expect(result.code).toBe(3);
    const lines = result.stdout.split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^sub\/bad\.yaml:3:3 {2}\/body\/prot {2}unknown-member {2}/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {4}next: did you mean "port"\?/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^sub\/bad\.yaml:4:9 {2}\/body\/port {2}wrong-type {2}must be an integer/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^sub\/bad\.yaml:6:\d+ {2}\/body\/host\/selection {2}wrong-value/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^syntax\.yaml:\d+:\d+ /));
    expect(lines.at(-2)).toMatch(/^Not valid: 4 errors/);
  });

  test('a member that does not exist is told even when its value cannot be resolved', async () => {
    const w = await world({ 'b.yaml': 'resource: management/splunk_forwarder\nbody: { tokn: !env NOPE }\n' });
    const { stdout } = await w.run(['validate']);
    expect(stdout).toMatch(/^b\.yaml:2:9 {2}\/body\/tokn {2}unknown-member/m);
    expect(stdout).toMatch(/^b\.yaml:2:15 {2}\/body\/tokn {2}env-unset/m);
  });

  test('without an environment variable, and without values', async () => {
    const w = await world({ 'b.yaml': FILES.splunk });
    const unset = await w.run(['validate'], { env: { TOKEN: undefined } });
    expect(unset.code).toBe(3);
    expect(unset.stdout).toMatch(/^b\.yaml:4:\d+ {2}\/body\/token {2}env-unset/);
    expect(await w.run(['validate', '--without-values'], { env: { TOKEN: undefined } })).toMatchObject({ code: 0 });
  });

  test('of a directory that is named', async () => {
    const w = await world({ 'one/a.yaml': FILES.support, 'two/b.yaml': 'resource: 1\n' });
    expect((await w.run(['validate', 'config/one'])).code).toBe(0);
    expect((await w.run(['validate', 'config/two'])).code).toBe(3);
    expect(
      (await w.run(['validate', 'config/three'])).stdout + (await w.run(['validate', 'config/three'])).stderr,
    ).toMatch(/directory-missing/);
  });

  test('needs no appliance', async () => {
    const w = await world({ 'a.yaml': FILES.support });
    const env = { SPS_URL: undefined, SPS_USERNAME: undefined, SPS_PASSWORD: undefined, SPS_CA: undefined };
    expect((await w.run(['validate'], { env })).code).toBe(0);
    const plan = await w.run(['plan'], { env });
    expect(plan.code).toBe(3);
    expect(plan.stderr).toMatch(/SPS_URL|appliance\.url/);
  });
});

test('a failed plan --json is one document', async () => {
  const w = await world({ 'a.yaml': 'resource: management/support_info\nbody: { uri: 1 }\n' });
  const result = await w.run(['plan', '--json']);
  expect(result.code).toBe(3);
  expect(result.json()).toMatchObject({ version: 1, outcome: 'failed', transaction: 'none', reason: 'InputInvalid' });
  expect(result.json().error).toMatchObject({ code: 'wrong-type' });
});

test('NO_COLOR and pipes: no escape sequences; optional resources are skipped with a warning', async () => {
  const w = await world({
    'a.yaml': FILES.support,
    'b.yaml': 'resource: management/soap\noptional: true\nbody: { enabled: false }\n',
  });
  const result = await w.run(['plan']);
  expect(result.code).toBe(2);
  expect(result.stdout + result.stderr).not.toContain('\u001b');
  expect(result.stderr).toContain('unsupported-by-firmware');
  expect((await w.run(['apply', '--json'])).json()).toMatchObject({ outcome: 'applied', staged: 1 });
});

test('a member of a collection cannot be named by its key', async () => {
  const w = await world({
    'a.yaml': 'resource: x509/abc\nbody: {}\n',
    'b.yaml': 'resource: policies/time_policies/-100\nbody: { name: x }\n',
  });
  const byKey = await w.run(['plan', '--json']);
  expect(byKey.code).toBe(3);
  const [first, second] = ['x509', 'policies/time_policies'].map(
    (collection) => `write resource: ${collection}, and the member's name as "name"`,
  );
  expect(byKey.json().error).toMatchObject({
    code: 'resource-path',
    details: {
      findings: [
        { file: 'a.yaml', line: 1, column: 11, hint: first },
        { file: 'b.yaml', line: 1, column: 11, hint: second },
      ],
    },
  });
  expect(w.simulator.requests).toEqual([]);
});

test('a key that is not in PEM is not quoted as if it were a path', async () => {
  const w = await world({ 'a.yaml': FILES.support });
  await w.give('settings.yaml', 'appliance: { login: { certificate: client.pem, key: !env RAW_KEY } }\n');
  await w.give('client.pem', w.simulator.clientCertificate.certificate);
  const env = { SPS_USERNAME: undefined, SPS_PASSWORD: undefined, RAW_KEY: SECRETS.file };
  const result = await w.run(['plan'], { env, settings: 'given/settings.yaml' });
  expect(result.code).toBe(3);
  expect(result.stderr).toMatch(/login\/key {2}file-unreadable/);
});
