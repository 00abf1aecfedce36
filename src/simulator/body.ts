import { parseJson, type Json } from '../shared/json.ts';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import { invalidRequestBody, jsonAnswer, type Answer } from './answer.ts';

/**
 * The JSON body of a write. Refusals are 400 `InvalidRequestBody`: another content type (inferred), not UTF-8, not
 * JSON (core.md §8).
 */
export function requireJsonBody(request: ApplianceRequest): Json {
  const type = request.header('content-type').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw invalidRequestBody('The content type must be application/json.');
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
  } catch {
    throw invalidRequestBody('The body is not valid JSON in UTF-8.');
  }
}

/** The answer to a write that was accepted, in the form of the quirk; `resource` gives what GET would show. */
export function writeAnswer(appliance: Appliance, resource: () => Answer, meta: Json): Answer {
  const { writeStatus, writeAnswer: form } = appliance.quirks;
  if (form === 'empty') return { status: writeStatus, headers: {}, text: '' };
  if (form === 'meta') return jsonAnswer(writeStatus, { meta });
  return { ...resource(), status: writeStatus };
}
