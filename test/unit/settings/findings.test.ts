import { describe, expect, it } from 'vitest';
import { at, codes, eachInItsFolder, ENOUGH, load, PLANTED, write } from './harness.ts';

eachInItsFolder();

describe('findings', () => {
  it('come all at once, each at its place, without any value', async () => {
    await write(
      'sps-gitops.yaml',
      `apliance: { url: ${PLANTED} }
appliance:
  url: ${PLANTED}
  login: { username: "${PLANTED}:x", pasword: ${PLANTED}, password: [${PLANTED}] }
  requests: { concurrency: 0, timeout: 30, commitTimeout: ${PLANTED} }
desiredState: { read: ${PLANTED}, strict: "yes", fileRoots: ["", 7] }
safety: { maxDeletes: 1.5, maxChangeRatio: 1.1 }
commit: { message: "" }
log: { level: ${PLANTED} }
reconcile: { mode: ${PLANTED}, schedul: ${PLANTED}, quickTick: ${PLANTED}, poll: 2, retry: { max: ${PLANTED} } }
http: { listen: "${PLANTED}:1", tokn: ${PLANTED}, token: "${PLANTED} x" }
shutdown: { drainTimeout: 0s }
`,
    );
    const { settings, findings } = await load({});
    expect(settings).toBeNull();
    expect(findings.map(({ position, code, pointer }) => `${position?.line} ${code} ${pointer}`)).toEqual([
      '1 unknown-member /apliance',
      '3 url-not-https /appliance/url',
      '4 wrong-value /appliance/login/username',
      '4 unknown-member /appliance/login/pasword',
      '4 wrong-type /appliance/login/password',
      '5 out-of-range /appliance/requests/concurrency',
      '5 wrong-type /appliance/requests/timeout',
      '5 wrong-value /appliance/requests/commitTimeout',
      '6 wrong-value /desiredState/read',
      '6 wrong-type /desiredState/strict',
      '6 wrong-value /desiredState/fileRoots/0',
      '6 wrong-type /desiredState/fileRoots/1',
      '7 wrong-type /safety/maxDeletes',
      '7 out-of-range /safety/maxChangeRatio',
      '8 wrong-value /commit/message',
      '9 wrong-value /log/level',
      '10 wrong-value /reconcile/mode',
      '10 unknown-member /reconcile/schedul',
      '10 wrong-type /reconcile/quickTick',
      '10 wrong-type /reconcile/poll',
      '10 wrong-value /reconcile/retry/max',
      '11 listen-malformed /http/listen',
      '11 unknown-member /http/tokn',
      '11 wrong-value /http/token',
      '12 out-of-range /shutdown/drainTimeout',
    ]);
    expect(findings.every(({ severity, excerpt }) => severity === 'error' && excerpt !== undefined)).toBe(true);
    expect(JSON.stringify(findings)).not.toContain(PLANTED);
    const byPointer = new Map(findings.map((finding) => [finding.pointer, finding]));
    expect(byPointer.get('/apliance')?.hint).toBe('Did you mean "appliance"?');
    expect(byPointer.get('/appliance/login/pasword')?.hint).toBe('Did you mean "password"?');
    expect(byPointer.get('/appliance/requests/commitTimeout')?.message).toContain('500ms, 30s, 5m or 1h');
    expect(byPointer.get('/reconcile/schedul')?.hint).toBe('Did you mean "schedule"?');
    expect(byPointer.get('/log/level')?.message).toBe('log.level must be one of debug, info, warn, error');
  });

  it('suggest the member that differs by case alone', async () => {
    await write('sps-gitops.yaml', 'LOG: { level: info }');
    const { findings } = await load({ needs: 'files' });
    expect(findings[0]?.hint).toBe('Did you mean "log"?');
  });

  it('list what is known where nothing is near', async () => {
    await write('sps-gitops.yaml', 'log: { wildlyDifferent: 1 }');
    const { findings } = await load({ needs: 'files' });
    expect(findings[0]?.hint).toBe('Known here: level, format.');
  });

  it('of the YAML itself are not followed by others that only follow from them', async () => {
    await write('sps-gitops.yaml', 'appliance:\n  url: [\n');
    expect(new Set(codes(await load({})))).toEqual(new Set(['yaml-syntax']));
    await write('sps-gitops.yaml', 'appliance:\n  url: !wrong x\n  login: { username: a, password: b }\n');
    const { findings } = await load({});
    expect(findings).toHaveLength(1);
    expect(findings[0]?.position?.line).toBe(2);
  });

  it('name the variable or flag that a value comes from', async () => {
    const { findings } = await load({
      environment: { ...ENOUGH, SPS_URL: `http://${PLANTED}`, SPS_CA: 'missing.pem' },
    });
    expect(findings.map(({ message }) => message)).toEqual([
      'SPS_URL: appliance.url is not an https URL',
      `SPS_CA: appliance.tls.ca names the file "${at('missing.pem')}", which does not exist`,
    ]);
  });

  it('say that there is more than one document, or no object', async () => {
    await write('sps-gitops.yaml', 'log: {}\n---\nlog: {}\n');
    expect(codes(await load({ needs: 'files' }))).toEqual(['several-documents']);
    await write('sps-gitops.yaml', '- log\n');
    expect(codes(await load({ needs: 'files' }))).toEqual(['wrong-type']);
  });
});

describe('the url', () => {
  it.each([
    ['https://sps.example.com', 'https://sps.example.com'],
    ['https://sps.example.com/', 'https://sps.example.com'],
    ['https://192.0.2.1:8443', 'https://192.0.2.1:8443'],
    ['https://[2001:db8::1]', 'https://[2001:db8::1]'],
  ])('%s gives %s', async (url, expected) => {
    const { settings } = await load({ environment: { ...ENOUGH, SPS_URL: url } });
    expect(settings?.appliance?.url).toBe(expected);
  });

  it.each([
    ['sps.example.com', 'url-not-https'],
    ['http://sps.example.com', 'url-not-https'],
    ['https://', 'url-not-https'],
    ['https://sps.example.com/api', 'url-not-origin'],
    ['https://sps.example.com/?', 'url-not-origin'],
    ['https://sps.example.com/#x', 'url-not-origin'],
    [`https://gitops:${PLANTED}@sps.example.com`, 'url-not-origin'],
  ])('%s is %s', async (url, code) => {
    const loaded = await load({ environment: { ...ENOUGH, SPS_URL: url } });
    expect(codes(loaded)).toEqual([code]);
    expect(JSON.stringify(loaded.findings)).not.toContain(PLANTED);
  });
});

describe('tags', () => {
  it('convert what they read', async () => {
    await write(
      'sps-gitops.yaml',
      'safety: { maxDeletes: !env:int N, protect: [!env P] }\ndesiredState: { strict: !env:bool B, directory: !file d }',
    );
    await write('d', 'elsewhere\n');
    const { settings } = await load({ needs: 'files', environment: { N: '7', B: '1', P: 'network/**' } });
    expect(settings).toMatchObject({
      safety: { maxDeletes: 7, protect: ['network/**'] },
      desiredState: { strict: true, directory: at('elsewhere') },
    });
  });

  it('that do not convert are findings without the value', async () => {
    await write(
      'sps-gitops.yaml',
      'safety: { maxDeletes: !env:int N }\ndesiredState: { strict: !env:bool B, directory: !file d }',
    );
    const loaded = await load({ needs: 'files', environment: { N: PLANTED, B: PLANTED } });
    expect(codes(loaded)).toEqual(['env-not-int', 'env-not-bool', 'file-unreadable']);
    expect(JSON.stringify(loaded.findings)).not.toContain(PLANTED);
  });

  it('do not reach into what every object has', async () => {
    await write(
      'sps-gitops.yaml',
      'commit: { message: !env constructor }\ndesiredState: { strict: !env:bool toString }',
    );
    expect(codes(await load({ needs: 'files' }))).toEqual(['env-unset', 'env-unset']);
  });
});

describe('durations', () => {
  it.each(['0s', '0ms', '25d', '600h', '1.5s', '30 s', '-1s', '30S', '1h30m', '007s', '99999999999999ms'])(
    '%s is refused',
    async (text) => {
      await write('sps-gitops.yaml', `appliance: { requests: { timeout: "${text}" } }`);
      const { findings } = await load({ environment: ENOUGH });
      expect(findings).toHaveLength(1);
      expect(findings[0]).toMatchObject({ severity: 'error', pointer: '/appliance/requests/timeout' });
    },
  );
});

describe('where only files are needed', () => {
  it('the appliance is checked as far as it is there, and no secret is read', async () => {
    await write(
      'sps-gitops.yaml',
      `appliance:
  url: http://sps.example.com
  tls: { ca: missing.pem, verfy: true }
  login: { username: "a:b", password: !file missing, method: !env UNSET }
`,
    );
    const loaded = await load({ needs: 'files', environment: { SPS_PASSWORD_FILE: 'missing-too' } });
    expect(codes(loaded)).toEqual(['url-not-https', 'unknown-member', 'wrong-value']);
  });

  it('sound settings of an appliance are no hindrance', async () => {
    await write('sps-gitops.yaml', 'appliance: { url: "https://sps.example.com", login: { password: !file missing } }');
    const { settings, findings } = await load({ needs: 'files' });
    expect(findings).toEqual([]);
    expect(settings?.appliance).toBeNull();
  });
});
