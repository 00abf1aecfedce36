import { describe, expect, it } from 'vitest';
import { readYaml, type TagName } from '../../../src/yaml/read-yaml.ts';

const TAGS: readonly TagName[] = ['!env', '!file'];
const MARK = 'MARKED_SECRET';

describe('excerpts', () => {
  function excerpt(text: string, pointer: string, at: 'key' | 'value'): readonly string[] | undefined {
    const { documents } = readYaml('f.yaml', text, { tags: TAGS });
    return documents[0]?.place(pointer, at, { severity: 'error', code: 'x', message: 'm' }).excerpt;
  }

  it('show keys and indentation, with a caret under the value', () => {
    const text = `# ${MARK}\na:\n  b:\n  port: ${MARK} # ${MARK}\n`;
    expect(excerpt(text, '/a/port', 'value')).toEqual(['   4 |   port: …', '     |         ^']);
    expect(excerpt(text, '/a/port', 'key')).toEqual(['   4 |   port: …', '     |   ^']);
  });

  it('show dashes, and only keys of what is in braces', () => {
    const text = `a:\n  - - { "b c": ${MARK}, d: [${MARK}], e: f }\n`;
    expect(excerpt(text, '/a/0/0/d/0', 'value')).toEqual([
      '   2 |   - - … "b c": … d: … e: …',
      '     |                     ^',
    ]);
  });

  it('show nothing of strings that go over lines and look like keys', () => {
    const text = `a: |\n  ${MARK}: 1\n  key: 2\nb: "x\n  ${MARK}: y"\n`;
    expect(excerpt(text, '/a', 'value')).toEqual(['   1 | a: …', '     |    ^']);
    expect(JSON.stringify(excerpt(text, '/b', 'value'))).not.toContain(MARK);
  });

  it('show only indentation where the syntax is wrong', () => {
    const { findings } = readYaml('f.yaml', `a:\n  ${MARK}: "x\n`, { tags: TAGS });
    expect(findings[0]?.code).toBe('yaml-syntax');
    for (const { excerpt: lines } of findings) expect(lines?.[0]).toMatch(/^ +\d+ \| *(…)?$/);
  });

  it('leave terminal commands out', () => {
    const { findings } = readYaml('f.yaml', 'a:\n  "k\u001b[31m\u0085": .nan\n', { tags: [] });
    expect(findings[0]?.excerpt).toEqual(['   2 |   "k\uFFFD[31m\uFFFD": …', '     |              ^']);
  });

  it('keep tabs, so that the caret stands under its place', () => {
    const { findings } = readYaml('f.yaml', 'a: {\n\t\tb: 1}\n', { tags: [] });
    expect(findings[0]?.excerpt).toEqual(['   2 | \t\t…', '     | \t\t^']);
  });

  it.each([
    ['a: 1\n? a\n: 2\n', 'duplicate-key', ['   2 | … a', '     |   ^']],
    ['? |\n  MARK\n: .nan\n', 'not-json-number', ['   3 | …', '     | ^']],
    ['? >\n  MARK\n: {b: .nan}\n', 'not-json-number', ['   3 | …b: …', '     |     ^']],
    ['!!str : .nan\n', 'not-json-number', ['   1 | …', '     | ^']],
  ])('show of %j no more than keys on one line', (text, code, lines) => {
    const { findings } = readYaml('f.yaml', text.replace('MARK', MARK), { tags: [] });
    expect(findings).toMatchObject([{ code, excerpt: lines }]);
  });

  it('stay short for lines of any length', () => {
    const text = `{${Array.from({ length: 5000 }, (_, i) => `k${i}: ${i === 4000 ? '.nan' : i}`).join(', ')}}`;
    const { findings } = readYaml('f.yaml', text, { tags: [] });
    expect(findings).toHaveLength(1);
    const [line = '', caret = ''] = findings[0]?.excerpt ?? [];
    expect(line.length).toBeLessThan(200);
    expect(line).toContain('k4000: …');
    expect(line[caret.indexOf('^')]).toBe('…');
  });
});
