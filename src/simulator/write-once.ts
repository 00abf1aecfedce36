import { createHash, createPrivateKey, createPublicKey, randomBytes, type KeyObject } from 'node:crypto';
import type { Json, JsonObject } from '../shared/json.ts';
import { syntacticError } from './answer.ts';
import { isName, requireMember, requireObject } from './checks.ts';

/**
 * What is kept of `{"plain": …}`: a salted hash, never the text (core.md §9; its form is inferred). Passwords that are
 * hashed already are refused, because the facts lost the name of their member. Refusals are 400 `SyntacticError`.
 */
export function acceptedPassword(body: Json, path: string): JsonObject {
  const plain = isName(requireMember(requireObject(body, path), 'plain', path), `${path}/plain`);
  const salt = randomBytes(8).toString('hex');
  const digest = createHash('sha512')
    .update(`${salt}${JSON.stringify(plain)}`)
    .digest('hex');
  return { hash: `sha512:${salt}:${digest}` };
}

/**
 * What is kept of a private key: its type and the fingerprint of its public half, as in the guide's sample. The facts
 * lost the name of the member that holds the PEM, so any may. 400 `SyntacticError` when none does.
 */
export function acceptedPrivateKey(body: Json, path: string): JsonObject {
  for (const value of Object.values(requireObject(body, path))) {
    const key = typeof value === 'string' ? parsedKey(value) : undefined;
    if (key === undefined) continue;
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
    const digest = createHash('sha256').update(spki).digest('base64');
    return {
      public_key_fingerprint: { digest: `SHA256:${digest}`, hash_algorithm: 'sha256' },
      type: key.asymmetricKeyType ?? 'unknown',
    };
  }
  throw syntacticError(path, 'The body must hold a private key in PEM.');
}

function parsedKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}
