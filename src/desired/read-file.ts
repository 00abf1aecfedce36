import type { Diagnostic } from '../shared/diagnostic.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import { decodeText } from './decode-text.ts';
import { unstable } from './disk-tree.ts';
import type { FileLoad, FileReading } from './file-memory.ts';
import { parseDocument } from './parse-documents.ts';
import type { ParsedDocument } from './parsed-document.ts';
import { DESIRED_TAGS } from './plain-tags.ts';
import type { FileBytes } from './source.ts';

/** What a file of the desired state comes to. Throws `inputUnstable` when it is gone: it was there when it was listed. */
export function readFile(name: string, answer: FileBytes, load: FileLoad): FileReading {
  switch (answer.kind) {
    case 'bytes':
      return load.reading(name, answer.bytes, () => readBytes(name, answer.bytes));
    case 'too-large':
      return unreadable(name, {
        code: 'file-too-large',
        message: 'the file is larger than 5 MiB',
        hint: 'split it into several',
      });
    case 'unreadable':
      return unreadable(name, {
        code: 'file-unreadable',
        message: 'the file cannot be read',
        hint: 'give the user of the program read access',
      });
    case 'missing':
      throw unstable('a file vanished while the files were read', { path: name });
  }
}

function readBytes(name: string, bytes: Uint8Array): FileReading {
  const text = decodeText(bytes);
  if (text === undefined) {
    return unreadable(name, { code: 'not-utf8', message: 'the file is not UTF-8 text', hint: 'save it as UTF-8' });
  }
  const { documents, findings: ofText } = readYaml(name, text, { tags: DESIRED_TAGS });
  const parsed: ParsedDocument[] = [];
  // One by one: files may hold more mistakes than a call takes arguments.
  const findings = [...ofText];
  for (const document of documents) {
    const answer = parseDocument(name, document);
    for (const finding of answer.findings) findings.push(finding);
    if (answer.parsed !== undefined) parsed.push(answer.parsed);
  }
  return { findings, documents, parsed };
}

function unreadable(file: string, fault: Omit<Diagnostic, 'severity'>): FileReading {
  const finding: Diagnostic = { severity: 'error', ...fault, position: { file, line: 1, column: 1 } };
  return { findings: [finding], documents: [], parsed: [] };
}
