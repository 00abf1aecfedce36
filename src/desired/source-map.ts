import type { SourceMap } from './desired-state.ts';
import { identityKey } from './identity.ts';
import { identityOf, type ParsedDocument } from './parsed-document.ts';

/** The places of documents. Where a document is not known, a finding is given back as it is. */
export function sourceMap(parsed: readonly ParsedDocument[]): SourceMap {
  const documents = new Map(parsed.map((one) => [identityOf(one), one.document]));
  return {
    place(of, pointer, at, finding) {
      // What is sent has the name inside of the body, what the file says has it beside.
      const inFile = of.name !== null && pointer === '/body/name' ? '/name' : pointer;
      return documents.get(identityKey(of))?.place(inFile, at, finding) ?? finding;
    },
  };
}
