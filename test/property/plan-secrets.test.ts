import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shownOperation } from '../../src/plan/show-operation.ts';
import { bodySealer } from '../../src/plan/seal-body.ts';
import { errorText } from '../../src/report/error-text.ts';
import { PLAIN } from '../../src/report/paint.ts';
import { planDocument } from '../../src/report/plan-document.ts';
import { planText } from '../../src/report/plan-text.ts';
import { fieldNodeOf } from '../../src/resources/field-node.ts';
import { SpsGitopsError } from '../../src/shared/errors.ts';
import { isList, isObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { Secret } from '../../src/shared/secret.ts';
import { SecretBook, WITHHELD } from '../../src/shared/secret-book.ts';
import { revealTree, type SecretTree } from '../../src/shared/secret-tree.ts';
import { planOf, sealing } from '../unit/plan/parts.ts';
import { body, schema } from './plan-bodies.ts';

const REVISION = { commit: null, subject: null, author: null, dirty: false, digest: `sha256:${'0'.repeat(64)}` };
const BOX = { hostname: 'sps1', firmware: '8.0', roles: [], configHash: null };

const OPEN: JsonObject = {};

const DESCRIBED: JsonObject = {
  type: 'object',
  properties: {
    token: { 'x-sps-secret': true },
    name: { minLength: 100 },
    list: { items: { properties: { value: {}, other: {} } } },
    inner: { properties: { deep: { properties: { value: {} } } } },
  },
};

/** Everything that is printed of a plan, with a schema that refuses what is planned. */
function printed(live: Json, desired: SecretTree): string {
  const options = sealing();
  const plan = planOf(live, desired, DESCRIBED, options);
  const secrets = new SecretBook();
  const facts = { plan, revision: REVISION, appliance: BOX, url: 'https://sps.example.com', warnings: [] };
  const document = planDocument({ ...facts, sealer: options.sealer, secrets });
  const { digest: _hex, ...shown } = document;
  const failure = new SpsGitopsError('inputInvalid', 'refused', { findings: plan.errors });
  return [JSON.stringify(shown), planText(plan, options.sealer, PLAIN), errorText(failure, 'none', PLAIN)].join('\n');
}

/** A printed plan in which everything that may be secret is one of two scalars. */
function printedWith(before: Json, after: Json): string {
  const live = {
    token: { a: [before] },
    name: before,
    odd: [before],
    list: [{ value: before, other: 1 }],
    inner: { deep: { value: before } },
  };
  const desired = {
    token: { a: [after], b: after },
    name: new Secret(after as string),
    odd: [after, new Secret(after as string)],
    list: [{ other: 1 }, { value: new Secret(after as string), other: 2 }],
    inner: { deep: { value: new Secret(after as string) } },
  };
  return `${printed(live, desired)}${printed(live, { ...desired, inner: new Secret(after as string) })}${printed({ ...live, inner: before, list: before }, desired)}`;
}

const secretText = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom('a', '0', '"', '\\', '(secret)'),
);
const secretScalar = fc.oneof(
  secretText,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);

test('what is printed of a plan does not depend on what the secrets are', () => {
  // Not a search for the secret: a secret of one character is in every text. Equal output for all secrets says more.
  const expected = printedWith('before', 'after');
  expect(expected).not.toMatch(/"before"|"after"/);
  fc.assert(
    fc.property(secretScalar, secretScalar, (before, after) => {
      fc.pre(!Object.is(before, after) && before !== after);
      fc.pre(
        !(typeof before === 'string' && typeof after === 'string' && Math.max(before.length, after.length) >= 100),
      );
      const kind = (value: unknown) => (typeof value === 'string' ? 'text' : 'other');
      const model = printedWith(kind(before) === 'text' ? 'before' : 1, kind(after) === 'text' ? 'after' : 2);
      expect(printedWith(before, after)).toBe(model);
    }),
  );
});

test('a long secret is in nothing that is printed', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 12, maxLength: 60 }),
      fc.string({ minLength: 12, maxLength: 60 }),
      (before, after) => {
        fc.pre(before !== after && before.trim().length > 8 && after.trim().length > 8);
        const text = printedWith(before, after);
        for (const secret of [before, after]) {
          expect(text.includes(secret)).toBe(false);
          expect(text.includes(JSON.stringify(secret).slice(1, -1))).toBe(false);
        }
      },
    ),
  );
});

/** Any body in which some scalars come from `!env`. */
const tree: fc.Arbitrary<SecretTree> = fc.tuple(body, fc.infiniteStream(fc.boolean())).map(([value, choices]) => {
  const hide = (one: Json): SecretTree => {
    if (isList(one)) return one.map(hide);
    if (isObject(one)) return Object.fromEntries(Object.entries(one).map(([name, member]) => [name, hide(member)]));
    return choices.next().value === true ? new Secret(one as string) : one;
  };
  return hide(value);
});

test('revealing what was sealed gives the exact body back', () => {
  fc.assert(
    fc.property(
      tree,
      fc.option(schema, { nil: undefined }),
      fc.constantFrom('hide', 'show'),
      (wanted, described, unknown) => {
        const options = sealing({ unknown });
        const sealer = bodySealer(wanted, described && fieldNodeOf(described), options);
        expect(options.sealer.reveal(sealer.desired(wanted))).toEqual(revealTree(wanted));
        expect(sealer.live(revealTree(wanted))).toEqual(sealer.desired(wanted));
      },
    ),
  );
});

test('a wish that the live body fulfils is no difference, however it is sealed', () => {
  fc.assert(
    fc.property(tree, fc.constantFrom('hide', 'show'), (wanted, unknown) => {
      expect(planOf(revealTree(wanted), wanted, OPEN, sealing({ unknown })).operations).toEqual([]);
    }),
  );
});

test('the shown patch has a step for each step of the real one', () => {
  fc.assert(
    fc.property(body, tree, (live, wanted) => {
      const options = sealing();
      for (const operation of planOf(live, wanted, OPEN, options).operations) {
        const steps = shownOperation(operation, options.sealer)['patch'] as readonly JsonObject[];
        const { patch } = operation.comparison;
        expect(steps.map(({ op, path }) => [op, path])).toEqual(patch.map(({ op, path }) => [op, path]));
      }
    }),
  );
});

test('a book withholds every text with a secret in it, in the usual encodings', () => {
  const around = fc.tuple(fc.string(), fc.string());
  fc.assert(
    fc.property(secretText, around, (secret, [before, after]) => {
      const book = new SecretBook();
      book.add({ any: [secret] });
      const forms = [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64')];
      for (const form of forms) expect(book.withhold({ a: [`${before}${form}${after}`] })).toBe(WITHHELD);
    }),
  );
});
