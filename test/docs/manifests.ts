import { parseAllDocuments, type Document } from 'yaml';
import { isObject, type JsonObject } from '../../src/shared/json.ts';
import { source } from './sources.ts';

/**
 * The documents of a YAML text, which have to be objects. Throws when it is not valid, and where YAML 1.1 and 1.2 read
 * it differently: other people's tools follow the one or the other.
 */
export function parseManifests(text: string): readonly JsonObject[] {
  const [old, documents] = [parsed(text, '1.1'), parsed(text, '1.2')];
  if (JSON.stringify(old) !== JSON.stringify(documents)) throw new Error('YAML 1.1 and 1.2 read it differently');
  return documents;
}

/** The documents of an example file, its path relative to the repository. */
export function manifests(path: string): readonly JsonObject[] {
  return parseManifests(source(path));
}

/** The only document of an example file. Throws when there are more. */
export function manifest(path: string): JsonObject {
  const [only, ...more] = manifests(path);
  if (only === undefined || more.length > 0) throw new Error(`${path} is not one document`);
  return only;
}

function parsed(text: string, version: '1.1' | '1.2'): readonly JsonObject[] {
  const documents = parseAllDocuments(text, { version, strict: true, uniqueKeys: true });
  return [...documents].map((document) => {
    const problems = [...document.errors, ...document.warnings];
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    return objectOf(document);
  });
}

function objectOf(document: Document.Parsed): JsonObject {
  const value: unknown = document.toJS();
  if (!isObject(value as JsonObject)) throw new Error('a document is not an object');
  return value as JsonObject;
}
