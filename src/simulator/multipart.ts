import { syntacticError } from './answer.ts';

/** One part of a `multipart/form-data` body. */
interface Part {
  /** The form field's name, `undefined` when the part does not say. */
  readonly name: string | undefined;
  readonly content: Buffer;
}

const END = Buffer.from('\r\n\r\n');

/**
 * The content of the only part of a form, which must have this name. 400 `SyntacticError` for another content type, a
 * body that is not such a form, and for other or further parts (the type is inferred; the facts name no refusals).
 */
export function onlyPart(contentType: string, body: Uint8Array, name: string, path: string): Buffer {
  const boundary = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
  const delimiter = boundary?.[1] ?? boundary?.[2];
  if (delimiter === undefined) throw syntacticError(path, 'The content type must be multipart/form-data.');
  const parts = partsOf(Buffer.from(body), delimiter);
  if (parts === undefined) throw syntacticError(path, 'The body is not multipart/form-data.');
  const [only, ...more] = parts;
  if (only?.name !== name || more.length > 0) throw syntacticError(path, `The form has one part, named ${name}.`);
  return only.content;
}

function partsOf(body: Buffer, boundary: string): readonly Part[] | undefined {
  const [start, delimiter] = [Buffer.from(`--${boundary}`), Buffer.from(`\r\n--${boundary}`)];
  // What comes before the first delimiter is a preamble without meaning.
  let at = body.indexOf(start);
  const parts: Part[] = [];
  while (at >= 0) {
    const from = at + (parts.length === 0 ? start.length : delimiter.length);
    if (body.subarray(from, from + 2).toString('latin1') === '--') return parts;
    const next = body.indexOf(delimiter, from);
    const part = next < 0 ? undefined : partOf(body.subarray(from, next));
    if (part === undefined) return undefined;
    parts.push(part);
    at = next;
  }
  return undefined;
}

/** A part with its headers; it begins with the line break behind the delimiter. */
function partOf(text: Buffer): Part | undefined {
  const blank = text.indexOf(END);
  if (blank < 0 || text.subarray(0, 2).toString('latin1') !== '\r\n') return undefined;
  const headers = text.subarray(0, blank).toString('utf8');
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? '';
  const name = /(?:^|;)\s*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(disposition);
  return { name: name?.[1] ?? name?.[2], content: text.subarray(blank + END.length) };
}
