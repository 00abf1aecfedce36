import { expect, test } from 'vitest';
import { pairMembers } from '../../src/plan/pair-members.ts';
import { builtIn, notJoined, referenced, remoteAccessOn } from '../../src/plan/plan-findings.ts';
import { collectionOf, memberOf } from '../unit/plan/parts.ts';
import { cell, table } from './readme.ts';

const SYMPTOMS = table('When things go wrong', ['Symptom', 'What it means', 'Next step']).map((row) =>
  cell(row, 'Symptom'),
);

/** What is said of a document that renames `Old` to `New` where members of these names are live. */
function faultOf(...live: readonly string[]): string {
  const bodies = Object.fromEntries(live.map((name, index) => [`${index}`, { name }]));
  const renaming = memberOf('things', 'New', {}, { previousName: 'Old' });
  const { faults } = pairMembers([renaming], collectionOf('things', bodies).members);
  return faults.map(({ message }) => message).join();
}

test.each([
  ['is still referenced by', referenced('things "Old"', ['management/email /store']).message],
  ['ambiguous, not managed', faultOf('New', 'New')],
  ['are both live', faultOf('New', 'Old')],
  ['this member is built in', builtIn().message],
  ['is not joined to Starling', notJoined().message],
  ['while remote access is on', remoteAccessOn().message],
])('the symptom "%s" stands there in the words of the finding', (words, message) => {
  expect(message).toContain(words);
  expect(SYMPTOMS).toContain(`… ${words}`);
});
