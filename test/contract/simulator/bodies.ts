import type { Json } from '../../../src/shared/json.ts';
import { at, type Client, type Reply } from './client.ts';

/** Where the configuration begins. */
export const ROOT = '/api/configuration';

export const TRANSACTION = '/api/transaction';

/** What a PUT of the transaction commits with. */
export const COMMIT = { json: { status: 'commit' } };

/** Creates a member; paths are below the root. */
export function post(client: Client, path: string, body: Json): Promise<Reply> {
  return client.ask('POST', `${ROOT}/${path}`, { json: body });
}

/** Replaces a body. */
export function put(client: Client, path: string, body: Json): Promise<Reply> {
  return client.ask('PUT', `${ROOT}/${path}`, { json: body });
}

/** Creates a member and gives its key; throws when none came back. */
export async function created(client: Client, path: string, body: Json): Promise<string> {
  const reply = await post(client, path, body);
  const key = at(reply, '/key');
  if (typeof key !== 'string') throw new Error(`no key came back: ${reply.text}`);
  return key;
}

/** What the listing of a collection holds. */
export async function listed(client: Client, path: string): Promise<unknown> {
  return at(await client.ask('GET', `${ROOT}/${path}`), '/items');
}
