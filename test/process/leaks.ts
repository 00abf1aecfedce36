import { expect, onTestFinished } from 'vitest';
import { DEFAULT_PASSWORD } from '../../src/simulator/simulator.ts';

/** Secrets of the tests: no byte that the program prints, writes, answers or sends as a message may contain one of them. */
export const SECRETS = {
  // With characters that JSON and URLs write otherwise.
  token: String.raw`MARKED-token-"desired"\5f1c`,
  liveToken: 'MARKED-token-live-77aa',
  file: 'MARKED-file-secret-91be',
  unknown: 'MARKED-undescribed-3d20',
  password: DEFAULT_PASSWORD,
} as const;

/** Bytes of the program; text stands for its UTF-8. */
export type Bytes = string | Uint8Array;

/** A secret in one of the ways in which it may be written. */
interface Form {
  readonly name: string;
  readonly text: string;
}

const PADDINGS = [0, 1, 2] as const;

/** Every way in which a secret may be written: as it is, and in the usual encodings, alone or as a part of something longer. */
export function formsOf(secret: string): readonly Form[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const hex = bytes.toString('hex');
  const base64 = PADDINGS.map((before) => base64Within(bytes, before));
  const forms: Form[] = [
    { name: 'plain', text: secret },
    { name: 'JSON', text: json },
    { name: 'JSON in JSON', text: JSON.stringify(json).slice(1, -1) },
    { name: 'URL', text: encodeURIComponent(secret) },
    { name: 'hex', text: hex },
    { name: 'hex', text: hex.toUpperCase() },
    ...base64.map((text) => ({ name: 'base64', text })),
    ...base64.map((text) => ({ name: 'base64url', text: text.replaceAll('+', '-').replaceAll('/', '_') })),
  ];
  return forms.filter(({ text }, index) => forms.findIndex((other) => other.text === text) === index);
}

/** What the base64 of any text has in it that holds the bytes, `before` bytes (modulo 3) after its beginning. */
function base64Within(bytes: Buffer, before: (typeof PADDINGS)[number]): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}

/** A secret that must not be given away, in all its forms. */
interface Marked {
  readonly name: string;
  readonly forms: readonly Form[];
}

/** How every secret begins that a test makes up for itself. */
const MARK: Marked = { name: 'marked', forms: formsOf('MARKED') };

const MARKED: readonly Marked[] = Object.entries(SECRETS).map(([name, secret]) => ({ name, forms: formsOf(secret) }));

/** Which of the secrets the bytes hold, and how, with what is around them; empty when none. */
function secretsIn(bytes: Bytes, marked: readonly Marked[]): readonly string[] {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
  const known = marked.flatMap((one) => shown(text, one));
  return known.length > 0 ? known : shown(text, MARK);
}

function shown(text: string, { name, forms }: Marked): readonly string[] {
  const form = forms.find((one) => text.includes(one.text));
  if (form === undefined) return [];
  const at = text.indexOf(form.text);
  const around = `${text.slice(Math.max(0, at - 200), at)}█${text.slice(at + form.text.length).slice(0, 100)}`;
  return [`${name} (${form.name}): ${forms.reduce((rest, one) => rest.replaceAll(one.text, '█'), around)}`];
}

/** Collects what the program gives away, and says what it should not have. */
export class LeakScan {
  readonly #taken: { readonly where: string; readonly bytes: Bytes; readonly others: 'secret' | 'allowed' }[] = [];
  readonly #others = new Map<string, Marked>();

  /** Bytes that the program gave away, and where. The state directory alone may hold the other secrets, its sessions. */
  take(where: string, bytes: Bytes, others: 'secret' | 'allowed' = 'secret'): void {
    if (bytes.length > 0) this.#taken.push({ where, bytes, others });
  }

  /** Another secret beside those of the tests, such as a session of the appliance; also for what was taken before. */
  mark(name: string, secret: string): void {
    if (!this.#others.has(secret)) this.#others.set(secret, { name, forms: formsOf(secret) });
  }

  /** What was taken and holds a secret, as `where: which`. */
  leaks(): readonly string[] {
    const all = [...MARKED, ...this.#others.values()];
    return this.#taken.flatMap(({ where, bytes, others }) =>
      secretsIn(bytes, others === 'secret' ? all : MARKED).map((leak) => `${where}: ${leak}`),
    );
  }
}

/** An answer of one of our own HTTP endpoints. */
export interface OurAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json(): unknown;
}

/** Asks one of our own HTTP endpoints. Status line, headers and body of the answer are taken for the scan. */
export async function askOurs(scan: LeakScan, url: string | URL, init: RequestInit = {}): Promise<OurAnswer> {
  const answer = await fetch(url, { redirect: 'manual', ...init });
  const { status, statusText, headers } = answer;
  const text = await answer.text();
  const head = [...headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  scan.take('HTTP answer', `${status} ${statusText}\n${head}\n\n${text}`);
  return { status, headers, text, json: () => JSON.parse(text) as unknown };
}

/** A scan for a test without a world; what it took is looked at after the test. */
export function leakScan(): LeakScan {
  const scan = new LeakScan();
  onTestFinished(() => expect(scan.leaks()).toEqual([]));
  return scan;
}
