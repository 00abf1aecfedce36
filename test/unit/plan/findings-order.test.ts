import { expect, test } from 'vitest';
import type { SourceMap } from '../../../src/desired/desired-state.ts';
import type { LiveResource } from '../../../src/plan/live-resource.ts';
import { computePlan } from '../../../src/plan/plan.ts';
import type { DesiredPart } from '../../../src/plan/planning.ts';
import type { Position } from '../../../src/shared/diagnostic.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { absentFrom, collectionOf, memberOf, pruning, sealing, wanted } from './parts.ts';

const ODD = 'policies/odd';

/** Where the findings about each thing stand; the line alone is not enough to tell them apart. */
const PLACES: Readonly<Record<string, Position | undefined>> = {
  'policies/late null': { file: 'a.yaml', line: 2, column: 1 },
  'policies/early null': { file: 'b.yaml', line: 9, column: 7 },
  'policies/odd null': { file: 'b.yaml', line: 10, column: 1 },
  'policies/odd twin': { file: 'b.yaml', line: 9, column: 1 },
  'policies/odd both': { file: 'c.yaml', line: 1, column: 1 },
};

const sources: SourceMap = {
  place: ({ resource, name }, pointer, _at, finding) => {
    const position = PLACES[`${resource} ${name}`];
    return { ...finding, pointer, ...(position === undefined ? {} : { position }) };
  },
};

test('findings come in the order of the files, whatever is planned first', () => {
  const members = { 1: { name: 'twin' }, 2: { name: 'twin' }, 3: { name: 'both' }, 4: { name: 'old' }, 5: {} };
  const missing = ['policies/early', 'policies/late', 'policies/lost'];
  const live = new Map<string, LiveResource>([[ODD, collectionOf(ODD, members)]]);
  for (const resource of missing) live.set(resource, { resource, state: 'unsupported' });
  const resources = [
    memberOf(ODD, 'both', {}, { previousName: 'old' }),
    absentFrom(ODD, 'twin'),
    wanted('policies/lost', {}),
    wanted('policies/early', {}),
    wanted('policies/late', {}),
    wanted('policies/late', {}, { optional: true }),
    wanted('policies/early', {}, { optional: true }),
  ];
  for (const documents of [resources, resources.toReversed()]) {
    const files: DesiredPart = { resources: documents, collections: [pruning(ODD)], sources };
    const { errors, warnings } = computePlan(files, live, realRegistry(), sealing());
    const shown = (findings: typeof errors) =>
      findings.map(({ code, position: at }) => `${at ? `${at.file}:${at.line}:${at.column}` : 'nowhere'} ${code}`);
    expect(shown(errors)).toEqual([
      'nowhere unsupported-by-firmware',
      'a.yaml:2:1 unsupported-by-firmware',
      'b.yaml:9:1 ambiguous-name',
      'b.yaml:9:7 unsupported-by-firmware',
      'c.yaml:1:1 previous-name-live',
    ]);
    expect(shown(warnings)).toEqual([
      'a.yaml:2:1 unsupported-by-firmware',
      'b.yaml:9:7 unsupported-by-firmware',
      'b.yaml:10:1 not-pruned',
    ]);
  }
});
