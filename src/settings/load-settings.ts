import { dirname, resolve } from 'node:path';
import { hasErrors, type Diagnostic } from '../shared/diagnostic.ts';
import { isObject, type Json } from '../shared/json.ts';
import { splitPointer } from '../shared/pointer.ts';
import { Secret } from '../shared/secret.ts';
import { revealTree } from '../shared/secret-tree.ts';
import { readYaml, type YamlDocument } from '../yaml/read-yaml.ts';
import { buildAppliance, checkAppliance, type ApplianceContext } from './appliance-settings.ts';
import { checkSchema } from './check-schema.ts';
import { checkDaemon } from './daemon-settings.ts';
import { findSettingsFile, type SettingsFile } from './find-file.ts';
import { Findings } from './findings.ts';
import { checkHttp } from './http-settings.ts';
import { Members } from './members.ts';
import { readOverrides, type Override } from './overrides.ts';
import { isSecretAt, resolveTags } from './resolve-tags.ts';
import type { ApplianceSettings, Settings, SettingsInput } from './settings.ts';

export type { Settings, SettingsInput } from './settings.ts';

/** What loading came to: settings exactly when no finding is an error. */
export interface LoadedSettings {
  readonly settings: Settings | null;
  readonly findings: readonly Diagnostic[];
  /** The absolute path of the settings file, null when there is none. */
  readonly file: string | null;
}

const COMMIT_MESSAGE = 'sps-gitops {shortSha} {plan12} {run8} {author}: {subject}';

/**
 * Settings from flags, environment, file and defaults, in this order of precedence. Every finding is reported, not the
 * first; none holds a value. The contract, section 3.
 */
export async function loadSettings(input: SettingsInput): Promise<LoadedSettings> {
  const found = await findSettingsFile(input);
  const { overrides, findings: early } = await readOverrides(input);
  const { document, findings: syntax } = parseFile(found.file);
  const outside = new Map(overrides.map(({ pointer, source }) => [pointer, source]));
  const findings = new Findings(document, outside, [...found.findings, ...early, ...syntax]);
  const folder = found.file === null ? input.workingDirectory : dirname(found.file.path);
  const tree = await resolveTags(document?.value ?? {}, '', {
    environment: input.environment,
    folder,
    needs: input.needs,
    overridden: new Set(outside.keys()),
    findings,
  });
  const values = withOverrides(revealTree(tree ?? {}), overrides);
  for (const fault of await checkSchema(values)) {
    if (!findings.isDamaged(fault.pointer)) findings.error(fault.pointer, fault);
  }
  const isSecret = (pointer: string): boolean => isSecretAt(tree, pointer);
  const context: ApplianceContext = { members: new Members(values), findings, folder, isSecret };
  const appliance = await applianceFor(input.needs, context);
  const daemon = await checkDaemon(context);
  const http = checkHttp({ ...context, needs: input.needs });
  const all = findings.sorted();
  const settings = hasErrors(all) ? null : freeze({ appliance, ...daemon, http, ...build(context) });
  return { settings, findings: all, file: found.file?.path ?? null };
}

function parseFile(file: SettingsFile | null): {
  readonly document: YamlDocument | null;
  readonly findings: readonly Diagnostic[];
} {
  if (file === null) return { document: null, findings: [] };
  const { documents, findings } = readYaml(file.path, file.text, { tags: ['!env', '!env:int', '!env:bool', '!file'] });
  const [document = null, second] = documents;
  if (second === undefined) return { document, findings };
  const message = 'the settings file holds more than one document';
  const hint = 'Keep one of them.';
  const finding: Diagnostic = { severity: 'error', code: 'several-documents', message, hint };
  return { document, findings: [...findings, second.place('', 'value', finding)] };
}

function withOverrides(settings: Json, overrides: readonly Override[]): Json {
  let result = settings;
  for (const { pointer, value } of overrides) {
    if (value === undefined) continue;
    result = setAt(result, splitPointer(pointer), value instanceof Secret ? value.reveal() : value);
  }
  return result;
}

// Makes the objects on the way where they are missing; something else that stands there is the schema's to find.
function setAt(current: Json | undefined, tokens: readonly string[], value: string): Json {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  if (current !== undefined && !isObject(current)) return current;
  return { ...current, [token]: setAt(current?.[token], rest, value) };
}

async function applianceFor(
  needs: SettingsInput['needs'],
  context: ApplianceContext,
): Promise<ApplianceSettings | null> {
  if (needs !== 'files') return buildAppliance(context);
  checkAppliance(context);
  return null;
}

/** The parts that the schema alone checks. */
function build({ members, folder }: ApplianceContext): Omit<Settings, 'appliance' | 'reconcile' | 'http' | 'shutdown'> {
  return {
    desiredState: {
      directory: resolve(folder, members.text('/desiredState/directory') ?? 'config'),
      read: members.word('/desiredState/read', ['auto', 'commit', 'worktree']) ?? 'auto',
      fileRoots: members.texts('/desiredState/fileRoots').map((path) => resolve(folder, path)),
      strict: members.flag('/desiredState/strict', false),
    },
    safety: {
      maxDeletes: members.number('/safety/maxDeletes', 5),
      maxChangeRatio: members.number('/safety/maxChangeRatio', 0.3),
      protect: members.texts('/safety/protect'),
      allow: members.texts('/safety/allow'),
    },
    commit: { message: members.text('/commit/message') ?? COMMIT_MESSAGE },
    state: { directory: resolve(folder, members.text('/state/directory') ?? '.sps-gitops') },
    log: {
      level: members.word('/log/level', ['debug', 'info', 'warn', 'error']) ?? null,
      format: members.word('/log/format', ['json', 'pretty', 'auto']) ?? 'auto',
    },
  };
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
