import { isLoopback, parseListenAddress } from '../shared/listen-address.ts';
import { Secret } from '../shared/secret.ts';
import type { Findings } from './findings.ts';
import type { Members } from './members.ts';
import type { Settings, SettingsInput } from './settings.ts';

/** What the part of the HTTP interface is built from. */
interface HttpContext {
  readonly members: Members;
  readonly findings: Findings;
  readonly needs: SettingsInput['needs'];
  /** Whether the value at a pointer came from a variable or a file. */
  readonly isSecret: (pointer: string) => boolean;
}

const LISTEN = '/http/listen';

/** What nobody but the daemon needs: for other commands its tags are not resolved. */
export const TOKEN = '/http/token';

/** The part of the HTTP interface, checked; of use only when nothing was found to be an error. The token is the daemon's. */
export function checkHttp(context: HttpContext): Settings['http'] {
  const { members, needs } = context;
  const listen = listenAddress(context);
  const token = members.text(TOKEN);
  if (needs !== 'daemon') return { listen, token: null };
  if (token !== undefined) warnOfPlainToken(context);
  else if (listen !== null) warnOfMissingToken(listen, context);
  return { listen, token: token === undefined ? null : new Secret(token) };
}

function listenAddress({ members, findings }: HttpContext): string | null {
  if (members.isNull('/http') || members.isNull(LISTEN)) return null;
  const given = members.text(LISTEN);
  if (given === undefined) return '127.0.0.1:9470';
  if (parseListenAddress(given) === null) {
    findings.error(LISTEN, {
      code: 'listen-malformed',
      message: 'is not HOST:PORT with an address as HOST',
      hint: 'Write it as 127.0.0.1:9470, 0.0.0.0:9470 or "[::1]:9470"; null turns it off.',
    });
  }
  return given;
}

function warnOfPlainToken({ findings, isSecret }: HttpContext): void {
  if (isSecret(TOKEN) || findings.explains(TOKEN)) return;
  findings.add(TOKEN, {
    severity: 'warning',
    code: 'token-in-settings',
    message: 'http.token is written in the settings themselves',
    hint: 'Use !file or !env, so that whoever reads the settings does not read it.',
  });
}

function warnOfMissingToken(listen: string, { findings }: HttpContext): void {
  const address = parseListenAddress(listen);
  if (address === null || isLoopback(address.host) || findings.explains(TOKEN)) return;
  findings.add(LISTEN, {
    severity: 'warning',
    code: 'token-missing',
    message: 'http.listen can be reached from other machines and http.token is not set: POST /reconcile is refused',
    hint: 'Set http.token if runs shall be asked for by HTTP; health, metrics and status need none.',
  });
}
