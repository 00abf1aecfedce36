import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { codes, eachInItsFolder, ENOUGH, load, PLANTED, write } from './harness.ts';

eachInItsFolder();

async function withHttp(http: string, input: Parameters<typeof load>[0] = {}) {
  await write('sps-gitops.yaml', `http: ${http}\n`);
  return load({ needs: 'daemon', environment: ENOUGH, ...input });
}

describe('the address to listen at', () => {
  it.each([
    ['{}', '127.0.0.1:9470'],
    ['{ listen: "127.0.0.1:0" }', '127.0.0.1:0'],
    ['{ listen: "[::1]:9470" }', '[::1]:9470'],
    ['{ listen: null }', null],
    ['{ listen: }', null],
    ['null', null],
    ['', null],
  ])('of %j is %j', async (http, listen) => {
    const { settings, findings } = await withHttp(http);
    expect(findings).toEqual([]);
    expect(settings?.http).toEqual({ listen, token: null });
  });

  it.each(['9470', 'sps-gitops.example.com:9470', ':9470', '::1:9470'])('cannot be %j', async (listen) => {
    const { findings } = await withHttp(`{ listen: "${listen}" }`);
    expect(findings).toMatchObject([
      {
        severity: 'error',
        code: 'listen-malformed',
        pointer: '/http/listen',
        position: { line: 1, column: 17 },
        message: 'http.listen is not HOST:PORT with an address as HOST',
      },
    ]);
  });

  it('of another type, or empty, is the matter of the schema', async () => {
    expect(codes(await withHttp('{ listen: 9470 }'))).toEqual(['wrong-type']);
    expect(codes(await withHttp('{ listen: "" }'))).toEqual(['wrong-value']);
    expect(codes(await withHttp('yes'))).toEqual(['wrong-type']);
    expect(codes(await withHttp('{ listen: !env UNSET }'))).toEqual(['env-unset']);
  });

  it('suggests the member that was meant', async () => {
    const { findings } = await withHttp('{ listn: "127.0.0.1:1" }');
    expect(findings).toMatchObject([
      { code: 'unknown-member', pointer: '/http/listn', hint: 'Did you mean "listen"?' },
    ]);
  });
});

describe('the token', () => {
  it("is the daemon's alone: other commands need neither its variable nor its file", async () => {
    for (const tag of ['!env TOKEN_OF_HTTP', '!file missing']) {
      expect((await withHttp(`{ token: ${tag} }`)).settings).toBeNull();
      for (const needs of ['appliance', 'files'] as const) {
        const { settings, findings } = await withHttp(`{ token: ${tag} }`, { needs });
        expect(findings).toEqual([]);
        expect(settings?.http.token).toBeNull();
      }
    }
  });

  it('comes from a file without its last newline, or from a variable, and does not print itself', async () => {
    await write('token', `${PLANTED}-token\n`);
    const loaded = [
      await withHttp('{ listen: "0.0.0.0:9470", token: !file token }'),
      await withHttp('{ token: !env T }', { environment: { ...ENOUGH, T: `${PLANTED}-token` } }),
    ];
    for (const { settings, findings } of loaded) {
      expect(findings).toEqual([]);
      expect(settings?.http.token?.reveal()).toBe(`${PLANTED}-token`);
      expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain(PLANTED);
    }
  });

  it.each(['""', '"with space"', '"ümlaut"', '"two\\nlines"', '17'])('cannot be %s', async (token) => {
    const { findings } = await withHttp(`{ token: ${token} }`);
    expect(findings).toMatchObject([{ severity: 'error', pointer: '/http/token', position: { line: 1 } }]);
  });

  it('that stands in the file itself is a warning, without it', async () => {
    const { settings, findings } = await withHttp(`{ token: ${PLANTED} }`);
    expect(settings?.http.token?.reveal()).toBe(PLANTED);
    expect(findings).toMatchObject([
      { severity: 'warning', code: 'token-in-settings', pointer: '/http/token', position: { line: 1, column: 16 } },
    ]);
    expect(JSON.stringify(findings)).not.toContain(PLANTED);
  });

  it('that is missing where others can reach the address is a warning for the daemon', async () => {
    const exposed = '{ listen: "0.0.0.0:9470" }';
    const { settings, findings } = await withHttp(exposed);
    expect(settings?.http.listen).toBe('0.0.0.0:9470');
    expect(findings).toMatchObject([{ severity: 'warning', code: 'token-missing', position: { line: 1, column: 17 } }]);
    expect(findings[0]?.hint).toContain('Set http.token');
    expect((await withHttp(exposed, { needs: 'appliance' })).findings).toEqual([]);
    for (const listen of ['127.0.0.1:1', 'localhost:1', '[::1]:1'])
      expect((await withHttp(`{ listen: "${listen}" }`)).findings).toEqual([]);
  });
});
