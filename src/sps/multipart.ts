import { randomBytes } from 'node:crypto';

/** The one part of a form. */
export interface FormPart {
  /** What the appliance calls the part: letters, digits, `_`, `-` and `.`, such as `data`. core.md §10. */
  readonly field: string;
  /** Only told to the appliance; characters that a header cannot hold safely go out as `_`. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** A form in bytes, with the content type that names its boundary. */
export interface EncodedForm {
  readonly type: string;
  readonly bytes: Buffer;
}

/** `"`, `\` and `/`, and all that is not printable ASCII: RFC 7578 §4.2 leaves open how receivers read them. */
const UNSAFE = /[^\x20-\x7e]|["\\/]/gu;

/**
 * A `multipart/form-data` body of exactly one part (RFC 7578), under a boundary that its bytes do not hold. `RangeError`
 * when the field is not a plain word.
 */
export function encodeForm(part: FormPart, nextBoundary: () => string = randomBoundary): EncodedForm {
  if (!/^[\w.-]+$/.test(part.field))
    throw new RangeError('a form field is named with letters, digits, "_", "-" and "."');
  const content = Buffer.from(part.bytes);
  let boundary = nextBoundary();
  while (content.includes(boundary)) boundary = nextBoundary();
  const head = [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${part.field}"; filename="${part.fileName.replace(UNSAFE, '_')}"`,
    'Content-Type: application/octet-stream',
    '\r\n',
  ].join('\r\n');
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([Buffer.from(head, 'ascii'), content, Buffer.from(`\r\n--${boundary}--\r\n`, 'ascii')]),
  };
}

function randomBoundary(): string {
  return `sps-gitops-${randomBytes(16).toString('hex')}`;
}
