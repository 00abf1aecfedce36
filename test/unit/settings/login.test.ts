import { beforeAll, describe, expect, it } from 'vitest';
import { issue, makeAuthority, type Issued } from '../../contract/sps/certificates.ts';
import { at, codes, eachInItsFolder, ENOUGH, load, NO_PASSWORD, password, PLANTED, write } from './harness.ts';

eachInItsFolder();

let authority: Issued;
beforeAll(async () => {
  authority = await makeAuthority('settings test authority');
});

describe('the password', () => {
  it.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' s é ', ' s é '],
  ])('of a file that holds %j is %j', async (content, expected) => {
    await write('password', content);
    const { settings } = await load({ environment: { ...NO_PASSWORD, SPS_PASSWORD_FILE: 'password' } });
    expect(password(settings)).toBe(expected);
  });

  it('may come from one place only', async () => {
    await write('password', 'x');
    const loaded = await load({ environment: { ...ENOUGH, SPS_PASSWORD_FILE: 'password' } });
    expect(codes(loaded)).toEqual(['password-twice']);
    expect(loaded.findings[0]?.message).toContain('SPS_PASSWORD_FILE');
  });

  it('must be readable, and not empty', async () => {
    const environment = { ...NO_PASSWORD, SPS_PASSWORD_FILE: 'password' };
    const missing = await load({ environment });
    expect(codes(missing)).toEqual(['file-unreadable']);
    expect(missing.findings[0]?.message).toContain(at('password'));
    await write('password', '\n');
    expect(codes(await load({ environment }))).toEqual(['wrong-value']);
  });

  it('may come from a variable of any name', async () => {
    await write('sps-gitops.yaml', 'appliance: { login: { password: !env MY_SECRET } }');
    const { settings } = await load({ environment: { ...NO_PASSWORD, MY_SECRET: PLANTED } });
    expect(password(settings)).toBe(PLANTED);
    const unset = await load({ environment: NO_PASSWORD });
    expect(codes(unset)).toEqual(['env-unset']);
    expect(unset.findings[0]).toMatchObject({ pointer: '/appliance/login/password', position: { line: 1 } });
    expect(unset.findings[0]?.message).toContain('MY_SECRET');
  });
});

describe('a client certificate', () => {
  it('is a login of its own', async () => {
    const own = await issue(authority);
    await write('client.pem', own.certificate);
    await write('client.key', own.key);
    await write('sps-gitops.yaml', certificateLogin('certificate: client.pem, key: client.key, method: x'));
    const { settings, findings } = await load({});
    expect(findings).toEqual([]);
    expect(settings?.appliance?.login).toMatchObject({
      kind: 'certificate',
      certificate: own.certificate,
      method: 'x',
    });
    const login = settings?.appliance?.login;
    expect(login?.kind === 'certificate' ? login.key.reveal() : null).toBe(own.key);
    expect(JSON.stringify(settings)).not.toContain('PRIVATE KEY');
  });

  it.each([
    ['certificate: client.pem', ['missing-member /appliance/login/key']],
    ['key: client.key', ['missing-member /appliance/login/certificate']],
    ['certificate: client.pem, key: other.key', ['key-mismatch /appliance/login/key']],
    ['certificate: client.key, key: client.key', ['not-a-certificate /appliance/login/certificate']],
    ['certificate: client.pem, key: client.pem', ['not-a-key /appliance/login/key']],
    ['certificate: missing, key: client.key', ['file-unreadable /appliance/login/certificate']],
    ['certificate: client.pem, key: client.key, username: a', ['login-ambiguous /appliance/login']],
    ['certificate: client.pem, key: client.key, password: a', ['login-ambiguous /appliance/login']],
  ])('%s gives %j', async (login, expected) => {
    const own = await issue(authority);
    await write('client.pem', own.certificate);
    await write('client.key', own.key);
    await write('other.key', (await issue(authority)).key);
    await write('sps-gitops.yaml', certificateLogin(login));
    const { findings } = await load({});
    expect(findings.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual(expected);
    expect(JSON.stringify(findings)).not.toContain('PRIVATE KEY');
  });
});

describe('the authorities', () => {
  it.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'are not %j',
    async (content) => {
      await write('ca.pem', content);
      expect(codes(await load({ environment: { ...ENOUGH, SPS_CA: 'ca.pem' } }))).toEqual(['not-a-certificate']);
    },
  );

  it('may be two, the old and the new', async () => {
    const bundle = `${authority.certificate}\n${(await makeAuthority('new')).certificate}`;
    await write('ca.pem', bundle);
    const { settings } = await load({ environment: { ...ENOUGH, SPS_CA: 'ca.pem' } });
    expect(settings?.appliance?.tls.ca).toBe(bundle);
  });

  it('may be switched off, which is a warning and no more', async () => {
    await write('sps-gitops.yaml', 'appliance: { tls: { verify: false } }');
    const { settings, findings } = await load({ environment: ENOUGH });
    expect(settings?.appliance?.tls.verify).toBe(false);
    expect(findings).toMatchObject([{ severity: 'warning', code: 'tls-not-verified', position: { line: 1 } }]);
  });
});

function certificateLogin(login: string): string {
  return `appliance:\n  url: https://sps.example.com\n  login: { ${login} }\n`;
}
