import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SpsGitopsError } from '../shared/errors.ts';
import { isObject, parseJson, type Json, type JsonObject } from '../shared/json.ts';
import type { CommandIo } from './command-io.ts';

/** What a saved plan is recognised by again. */
export interface SavedPlan {
  readonly digest: string;
  readonly commit: string | null;
}

/** Saves a plan, whole or not at all. Throws `inputInvalid` when the file cannot be written. */
export async function writePlanFile(path: string, document: JsonObject, io: CommandIo): Promise<void> {
  const target = resolve(io.workingDirectory, path);
  const draft = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(draft, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, target);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new SpsGitopsError('inputInvalid', `the plan could not be written to ${path}`, {
      code: 'plan-file-unwritable',
      cause,
      hint: 'check that the folder exists and may be written to',
    });
  }
}

/** Reads a saved plan. Throws `inputInvalid` when there is none or it is not one of ours. */
export async function readPlanFile(path: string, io: CommandIo): Promise<SavedPlan> {
  let document: Json;
  try {
    document = parseJson(await readFile(resolve(io.workingDirectory, path), 'utf8'));
  } catch (cause) {
    throw notAPlan(path, 'it cannot be read as JSON', cause);
  }
  if (!isObject(document) || document['version'] !== 1) throw notAPlan(path, 'it is not a plan of version 1');
  const { digest, revision } = document;
  const commit = isObject(revision) ? revision['commit'] : undefined;
  if (typeof digest !== 'string' || !(typeof commit === 'string' || commit === null)) {
    throw notAPlan(path, 'it has no digest or no revision.commit');
  }
  return { digest, commit };
}

function notAPlan(path: string, why: string, cause?: unknown): SpsGitopsError {
  return new SpsGitopsError('inputInvalid', `${path} is not a saved plan: ${why}`, {
    code: 'plan-file-invalid',
    cause,
    hint: 'save one with `sps-gitops plan --out FILE`',
  });
}
