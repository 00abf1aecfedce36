import { hasErrors, type Diagnostic } from '../shared/diagnostic.ts';
import { isAtOrBelow, splitPointer } from '../shared/pointer.ts';
import { stripControls } from '../yaml/quote-name.ts';
import type { YamlDocument } from '../yaml/read-yaml.ts';

/** What is wrong with one member. */
interface MemberFault {
  readonly code: string;
  /** Goes on after the member's name. */
  readonly message: string;
  readonly hint?: string;
  /** Whether the name or the value is meant; the value unless given. */
  readonly at?: 'key' | 'value';
}

/** Puts what is found about a member where its value comes from: the file, a variable or a flag. */
export class Findings {
  readonly #document: YamlDocument | null;
  readonly #outside: ReadonlyMap<string, string>;
  readonly #list: Diagnostic[];
  readonly #errors: string[] = [];
  readonly #blind: boolean;

  /** `outside` names the variable or flag behind each pointer whose value is not the file's. */
  constructor(document: YamlDocument | null, outside: ReadonlyMap<string, string>, first: readonly Diagnostic[]) {
    this.#document = document;
    this.#outside = outside;
    this.#list = [...first];
    this.#blind = document === null && hasErrors(first);
  }

  /** Adds a finding about the member that `pointer` names. */
  add(pointer: string, finding: Diagnostic, at: 'key' | 'value' = 'value'): void {
    if (finding.severity === 'error') this.#errors.push(pointer);
    const source = this.#outside.get(pointer);
    if (source !== undefined) this.#list.push({ ...finding, message: `${source}: ${finding.message}` });
    else if (this.#document !== null) this.#list.push(this.#document.place(pointer, at, finding));
    else this.#list.push({ ...finding, pointer });
  }

  /** Adds an error whose message goes on after the member's name. */
  error(pointer: string, fault: MemberFault): void {
    const { at, code, message, hint } = fault;
    const finding: Diagnostic = { severity: 'error', code, message: `${nameOf(pointer)} ${message}` };
    this.add(pointer, hint === undefined ? finding : { ...finding, hint }, at);
  }

  /** Tells whether the text itself could not be read there, which has its finding already. */
  isDamaged(pointer: string): boolean {
    return this.#document?.damaged.some((place) => isAtOrBelow(pointer, place) || isAtOrBelow(place, pointer)) ?? false;
  }

  /** Tells whether there is a finding already from which it follows that the member is missing. */
  explains(pointer: string): boolean {
    // Without a document, errors are about the file as a whole: nobody knows what it says.
    if (this.#blind) return true;
    return this.isDamaged(pointer) || this.#outside.has(pointer) || this.#errors.some((at) => isAtOrBelow(pointer, at));
  }

  /** All findings, those with a place first, in the order of the file. */
  sorted(): readonly Diagnostic[] {
    return this.#list.toSorted((left, right) => {
      if (left.position === undefined || right.position === undefined) {
        return Number(left.position === undefined) - Number(right.position === undefined);
      }
      return left.position.line - right.position.line || left.position.column - right.position.column;
    });
  }
}

/** `appliance.login.key` for messages. */
function nameOf(pointer: string): string {
  return pointer === '' ? 'the settings file' : stripControls(splitPointer(pointer).join('.'));
}
