import { canonicalJson, isList, type Json } from '../shared/json.ts';

/** The tags that files may use, beside those of YAML's core schema. */
export type TagName = '!env' | '!env:int' | '!env:bool' | '!file' | '!key' | '!ref';

/** A tag that nobody has resolved yet. It is an instance of a class, so that no plain value can be taken for one. */
export class Tagged {
  readonly tag: TagName;
  /** What the tag stands before: a string; with `!ref` also an object of strings. */
  readonly argument: Json;

  constructor(tag: TagName, argument: Json) {
    this.tag = tag;
    this.argument = argument;
  }
}

/** What a YAML document can hold: JSON, in which a tag may stand for any value. */
export type YamlValue = null | boolean | number | string | Tagged | readonly YamlValue[] | YamlObject;

/** The object form of `YamlValue`. */
export interface YamlObject {
  readonly [member: string]: YamlValue;
}

/** Tells whether a value is an object, as opposed to a list, a scalar or a tag. */
export function isYamlObject(value: YamlValue | undefined): value is YamlObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tagged);
}

/** The name of a value's type for messages: `object`, `list`, `tag`, `string`, `number`, `boolean`, `null`. */
export function typeName(value: YamlValue): string {
  if (value === null) return 'null';
  if (value instanceof Tagged) return 'tag';
  if (isList(value)) return 'list';
  return typeof value;
}

/**
 * JSON text that is equal exactly for equal values; the order of members does not count. A tag becomes an object whose
 * one member is named like the tag; members of plain objects that begin with `!` get one more, so the two never meet.
 */
export function canonicalYaml(value: YamlValue): string {
  return canonicalJson(toJson(value));
}

function toJson(value: YamlValue): Json {
  if (value instanceof Tagged) return { [value.tag]: value.argument };
  if (isYamlObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key.startsWith('!') ? `!${key}` : key, toJson(member)]),
    );
  }
  return typeof value === 'object' && value !== null ? value.map(toJson) : value;
}
