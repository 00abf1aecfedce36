import { readFile } from 'node:fs/promises';
import { systemCode } from '../shared/system-code.ts';

/** Settings, certificates and passwords are small; anything bigger is a mistake. */
const MAX_BYTES = 1024 * 1024;

/** The text of a file, or why there is none, in words that complete `the file …`. */
type TextFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing'; readonly problem: string }
  | { readonly kind: 'unusable'; readonly problem: string };

/** Reads a UTF-8 file of at most 1 MiB. */
export async function readText(path: string): Promise<TextFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return { kind: 'missing', problem: 'does not exist' };
    return { kind: 'unusable', problem: `cannot be read (${code})` };
  }
  if (bytes.length > MAX_BYTES) return { kind: 'unusable', problem: 'is larger than 1 MiB' };
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { kind: 'unusable', problem: 'is not UTF-8 text' };
  }
}

/** The text without the one newline that editors and `echo` put at the end. */
export function withoutFinalNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
