import { posix } from 'node:path';
import type { ResourceType } from '../resources/resource-type.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { isAtOrBelow } from '../shared/pointer.ts';
import { revealTree } from '../shared/secret-tree.ts';
import { checkBody } from './check-body.ts';
import type { DesiredResource, UploadFile } from './desired-state.ts';
import { MAX_FINDINGS } from './limit-findings.ts';
import type { ParsedThing } from './parsed-document.ts';
import { resolveValues, type ValueOrigin } from './resolve-values.ts';
import { FILE_FAULTS } from './value-files.ts';

/** A document with its values, and what is wrong with them. */
export interface ResolvedDocument {
  /** Fit for use when there is no error, in `findings` or elsewhere. */
  readonly resource: DesiredResource;
  /** Placed; from tags, certificates, the upload and the schema. */
  readonly findings: readonly Diagnostic[];
}

/** Fetches the values and the upload of a document and holds its body against the schema. Without an origin nothing is fetched. */
export async function resolveDocument(
  parsed: ParsedThing,
  type: ResourceType | undefined,
  origin: ValueOrigin | undefined,
): Promise<ResolvedDocument> {
  const { file, document, resource, previousName, state, ignore, optional } = parsed;
  const { tree, open, findings } = await resolveValues(parsed.body, origin, type?.fields);
  const placed = findings
    .slice(0, MAX_FINDINGS + 1)
    .map(({ pointer, finding }) => document.place(`/body${pointer}`, 'value', finding));
  const unread = document.damaged.filter((pointer) => isAtOrBelow(pointer, '/body')).map((pointer) => pointer.slice(5));
  const isBare = type === undefined || state === 'absent';
  const ofSchema = isBare ? [] : checkBody(parsed, type, revealTree(tree), [...open, ...unread]);
  const upload = await readUpload(parsed, origin);
  return {
    resource: {
      resource,
      // A name that cannot be used is an error, and then nobody sees this one.
      name: parsed.name ?? null,
      previousName,
      state,
      body: tree,
      ignore,
      optional,
      upload: upload.file,
      source: { file, line: document.line, column: 1 },
    },
    findings: [...placed, ...ofSchema, ...upload.findings],
  };
}

async function readUpload(
  { document, upload }: ParsedThing,
  origin: ValueOrigin | undefined,
): Promise<{ readonly file: UploadFile | null; readonly findings: readonly Diagnostic[] }> {
  if (upload === null) return { file: null, findings: [] };
  const name = posix.basename(upload);
  if (origin === undefined) return { file: { name, bytes: new Uint8Array() }, findings: [] };
  const answer = await origin.file(upload);
  if (answer.kind === 'bytes') return { file: { name, bytes: answer.bytes }, findings: [] };
  const finding = { severity: 'error', ...FILE_FAULTS[answer.kind] } as const;
  return { file: null, findings: [document.place('/upload', 'value', finding)] };
}
