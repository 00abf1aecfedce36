import { describe, expect, test } from 'vitest';
import type { LiveMember } from '../../../src/plan/live-resource.ts';
import { pairMembers, type MemberDocument } from '../../../src/plan/pair-members.ts';
import { memberOf } from './parts.ts';

/** Documents as `B`, `B<A` (previously A) and `-B` (absent). */
function documentsIn(text: string): readonly MemberDocument[] {
  return wordsIn(text).map((word) => {
    const [, absent, name = '', , previousName = null] = /^(-?)(\w+)(<(\w+))?$/.exec(word) ?? [];
    return memberOf('things', name, {}, { previousName, state: absent === '-' ? 'absent' : 'present' });
  });
}

/** Members by name, `?` for one without; their keys are the places in the list. */
function membersIn(text: string): readonly LiveMember[] {
  return wordsIn(text).map((word, index) => {
    const name = word === '?' ? null : word;
    return { key: `${index}`, href: `/things/${index}`, name, body: { name }, references: [], numbers: 'exact' };
  });
}

function wordsIn(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** Pairs as `B=A` (the document B is about the live A) and `B=` (there is none), in the order of the documents. */
function paired(documents: readonly MemberDocument[], live: string) {
  const { pairs, unnamed, faults } = pairMembers(documents, membersIn(live));
  return {
    pairs: pairs.map((pair) => `${pair.desired.name}=${pair.live?.name ?? ''}`).join(' '),
    unnamed: unnamed.map(({ key, name }) => name ?? `?${key}`).join(' '),
    faults: faults.map(({ desired, code }) => `${desired.name} ${code}`),
  };
}

type Row = readonly [name: string, documents: string, live: string, pairs: string, unnamed: string];

describe('names', () => {
  test.each<Row>([
    ['nothing at all', '', '', '', ''],
    ['a name that is live', 'A', 'A B', 'A=A', 'B'],
    ['a name that is not live', 'A', 'B', 'A=', 'B'],
    ['a member that is to be gone', '-A', 'A B', 'A=A', 'B'],
    ['a member that is gone already', '-A', '', 'A=', ''],
    ['names of another case', 'a', 'A', 'a=', 'A'],
    ['names that every object has', 'toString constructor', 'constructor', 'toString= constructor=constructor', ''],
    ['members without a name', 'A', '? A ?', 'A=A', '?0 ?2'],
  ])('%s', (_name, documents, live, pairs, unnamed) => {
    expect(paired(documentsIn(documents), live)).toEqual({ pairs, unnamed, faults: [] });
  });
});

const RENAMES: readonly Row[] = [
  ['a rename', 'B<A', 'A', 'B=A', ''],
  ['a rename that is done', 'B<A', 'B', 'B=B', ''],
  ['a rename of nothing', 'B<A', '', 'B=', ''],
  ['a rename beside others', 'B<A', 'A C', 'B=A', 'C'],
  ['a name that is its own previous one, live', 'A<A', 'A', 'A=A', ''],
  ['a name that is its own previous one, not live', 'A<A', '', 'A=', ''],
  ['the old name belongs to another document', 'B<A A', 'A', 'B= A=A', ''],
  ['the old name belongs to another document, both live', 'B<A A', 'A B', 'B=B A=A', ''],
  ['the old name belongs to a document that wants it gone', 'B<A -A', 'A', 'B= A=A', ''],
  ['the old name belongs to a document that wants it gone, both live', 'B<A -A', 'A B', 'B=B A=A', ''],
  ['a chain of two', 'B<A C<B', 'A B', 'B=A C=B', ''],
  ['a chain of two that is done', 'B<A C<B', 'B C', 'B=B C=C', ''],
  ['a chain of two of which the first is there alone', 'B<A C<B', 'A', 'B=A C=', ''],
  ['a chain of two of which the second is there alone', 'B<A C<B', 'B', 'B=B C=', ''],
  ['a chain of two of which nothing is there', 'B<A C<B', '', 'B= C=', ''],
  ['a chain of two whose first link is not done', 'B<A C<B', 'A C', 'B=A C=C', ''],
  ['a chain of three', 'B<A C<B D<C', 'A B C', 'B=A C=B D=C', ''],
  ['a chain of three that is done', 'B<A C<B D<C', 'B C D', 'B=B C=C D=D', ''],
  ['a chain of three, broken in its middle', 'B<A C<B D<C', 'A C', 'B=A C=C D=', ''],
  ['a chain of three, broken at its beginning', 'B<A C<B D<C', 'B C', 'B=B C=C D=', ''],
  ['a chain of three, its end done', 'B<A C<B D<C', 'A B D', 'B=A C=B D=D', ''],
  ['a chain that begins at a name which stays', 'A B<A C<B', 'A B', 'A=A B=B C=', ''],
  ['a chain that begins at a name which goes', '-A B<A C<B', 'A B', 'A=A B=B C=', ''],
  ['two chains', 'B<A C<B Y<X', 'A B X', 'B=A C=B Y=X', ''],
  ['an exchange', 'A<B B<A', 'A B', 'A=A B=B', ''],
  ['an exchange of which one is there', 'A<B B<A', 'A', 'A=A B=', ''],
  ['an exchange of nothing', 'A<B B<A', '', 'A= B=', ''],
  ['an exchange of three', 'A<C B<A C<B', 'A B C', 'A=A B=B C=C', ''],
  ['an exchange of three of which two are there', 'A<C B<A C<B', 'A B', 'A=A B=B C=', ''],
  ['a rename of what is to be gone', '-B<A', 'A', 'B=', 'A'],
  ['a chain that leads into an exchange', 'C<A A<B B<A', 'A B', 'C= A=A B=B', ''],
];

describe('previous names', () => {
  test.each(RENAMES)('%s', (_name, documents, live, pairs, unnamed) => {
    const all = documentsIn(documents);
    expect(paired(all, live)).toEqual({ pairs, unnamed, faults: [] });
    const turned = pairs.split(' ').toReversed().join(' ');
    expect(paired(all.toReversed(), live)).toEqual({ pairs: turned, unnamed, faults: [] });
  });

  test.each<readonly [name: string, documents: string, live: string, pairs: string, faults: readonly string[]]>([
    ['both live, and nobody takes the old name over', 'B<A', 'A B', '', ['B previous-name-live']],
    ['all of a chain live, its end too', 'B<A C<B', 'A B C', 'C=C', ['B previous-name-live']],
    ['another document beside it', 'B<A C', 'A B C', 'C=C', ['B previous-name-live']],
  ])('%s', (_name, documents, live, pairs, faults) => {
    expect(paired(documentsIn(documents), live)).toMatchObject({ pairs, faults });
  });

  test('what is ambiguous about two live members is told with a next step', () => {
    const [fault] = pairMembers(documentsIn('B<A'), membersIn('A B')).faults;
    expect(fault?.message).toContain('both live');
    expect(fault?.hint).toContain('leave previousName out');
  });
});

describe('names that occur twice', () => {
  test.each<readonly [name: string, documents: string, live: string, pairs: string, unnamed: string, fault: string]>([
    ['that no document names do no harm', 'A', 'A B B', 'A=A', '?1 ?2', ''],
    ['that a document names', 'A B', 'A B B', 'A=A', '', 'B ambiguous-name'],
    ['that a document wants gone', '-B', 'B B', '', '', 'B ambiguous-name'],
    ['that a document renames', 'C<B', 'B B', '', '', 'C ambiguous-name'],
    ['under a new name, the old one gone', 'B<A', 'B B', '', '', 'B ambiguous-name'],
    ['under an old name that is another document’s', 'C<B B', 'B B', 'C=', '', 'B ambiguous-name'],
  ])('%s', (_name, documents, live, pairs, unnamed, fault) => {
    expect(paired(documentsIn(documents), live)).toEqual({ pairs, unnamed, faults: fault === '' ? [] : [fault] });
  });

  test('both ends of a chain that needs the name are at fault', () => {
    const { pairs, faults } = paired(documentsIn('B<A C<B'), 'A B B');
    expect({ pairs, faults }).toEqual({ pairs: '', faults: ['B ambiguous-name', 'C ambiguous-name'] });
  });

  test('the number is told', () => {
    const [fault] = pairMembers(documentsIn('B'), membersIn('B A B B')).faults;
    expect(fault?.message).toContain('3 members');
  });
});
