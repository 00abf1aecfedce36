import type { Json, JsonObject } from '../shared/json.ts';
import type { JsonQuirks } from './quirks.ts';

/** An answer that is ready to be sent; `text` may be empty. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An answer with a JSON body. */
export function jsonAnswer(status: number, value: Json, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, text: JSON.stringify(value) };
}

/** An answer as a proxy or a starting web server gives it. */
export function htmlAnswer(status: number, text: string): Answer {
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, text };
}

/**
 * A request that the appliance refuses: thrown by handlers, turned into an answer by the router. `type` is the
 * `error.type` of core.md §8.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly type: string;
  readonly details: JsonObject;

  constructor(status: number, type: string, message: string, details: JsonObject = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.details = details;
  }
}

/** The error message of core.md §8, with the optional members that the quirk leaves. */
export function refusalAnswer(refusal: Refusal, href: string, shape: JsonQuirks['errorShape']): Answer {
  const error: Record<string, Json> = { type: refusal.type };
  if (shape === 'full' || shape === 'no-details') error['message'] = refusal.message;
  if (shape === 'full' || shape === 'no-message') error['details'] = refusal.details;
  return jsonAnswer(refusal.status, shape === 'type-only' ? { error } : { error, meta: { href } });
}

/** 401 for a missing or expired session; `details` names the path (core.md §2.4). */
export function unauthenticated(path: string): Refusal {
  return new Refusal(401, 'Unauthenticated', 'There is no valid session.', { path });
}

/** 404 for an unknown object or endpoint. */
export function notFound(path: string): Refusal {
  return new Refusal(404, 'NotFound', 'There is no such resource.', { path });
}

/** 405 for a method that the endpoint does not have; the type is inferred, the guide names none. */
export function methodNotAllowed(method: string, path: string): Refusal {
  return new Refusal(405, 'MethodNotAllowed', `The method ${method} is not permitted here.`, { path });
}

/** 409 of the guide's section on deleting objects: there is no open transaction, or the configuration moved. */
export function conflict(message: string): Refusal {
  return new Refusal(409, 'Conflict', message);
}

/** 400 for a value that its field does not accept; `details.path` names the field. */
export function syntacticError(path: string, message: string): Refusal {
  return new Refusal(400, 'SyntacticError', message, { path });
}

/** 400 for a body that is not JSON. */
export function invalidRequestBody(message: string): Refusal {
  return new Refusal(400, 'InvalidRequestBody', message);
}
