import type { Appliance, ApplianceRequest } from './appliance.ts';
import { jsonAnswer, methodNotAllowed, type Answer } from './answer.ts';
import { parseLicense } from './license-file.ts';
import { remainingSeconds } from './meta.ts';
import { onlyPart } from './multipart.ts';
import type { Session } from './sessions.ts';
import { writeAnswer } from './body.ts';

const HREF = '/api/upload/license';

/**
 * `POST /api/upload/license`: stages the license in the form's part `data` (core.md §10). Refusals: 405 for other
 * methods, 409 without a transaction where none opens by itself, 400 `SyntacticError`. The answer is not documented.
 */
export function uploadLicense(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  if (request.method !== 'POST') throw methodNotAllowed(request.method, HREF);
  appliance.transactions.requireWritable(session.id);
  const file = onlyPart(request.header('content-type'), request.body, 'data', HREF);
  appliance.transactions.stage(session, 'management/license', parseLicense(file, HREF));
  const meta = { href: HREF, parent: '/api/upload', ...remainingSeconds(appliance, session) };
  return writeAnswer(appliance, () => jsonAnswer(200, { meta }), meta);
}
