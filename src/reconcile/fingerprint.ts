import { createHmac } from 'node:crypto';
import type { DesiredState } from '../desired/desired-state.ts';
import { canonicalJson, type Json } from '../shared/json.ts';
import { revealTree } from '../shared/secret-tree.ts';

/**
 * What tells one desired state from another, the values behind its tags and the files to upload included; 64 hex digits.
 * The key has to be random, as the values may be guessed otherwise.
 */
export function fingerprintOf({ resources, collections }: DesiredState, key: Uint8Array): string {
  const things = resources.map(({ source: _place, body, upload, ignore, ...rest }) => ({
    ...rest,
    body: revealTree(body),
    ignore: [...ignore],
    upload: upload === null ? null : Buffer.from(upload.bytes).toString('base64'),
  }));
  const wholes = collections.map(({ source: _place, ...rest }) => ({ ...rest }));
  const document: Json = [things, wholes];
  return createHmac('sha256', key).update(canonicalJson(document)).digest('hex');
}
