import type { Appliance, ApplianceRequest } from './appliance.ts';
import { notFound, Refusal, refusalAnswer, unauthenticated, type Answer } from './answer.ts';
import { listLoginMethods, logIn } from './authentication.ts';
import { handleConfiguration } from './configuration-resource.ts';
import { uploadLicense } from './license-upload.ts';
import { showInfo, showSetup, showUserInfo } from './information.ts';
import type { Session } from './sessions.ts';
import { handleStarlingJoin } from './starling-join.ts';
import { handleTransaction, showChanges } from './transaction-resource.ts';

/** Answers a request; whatever the appliance refuses becomes an error message of core.md §8. */
export function answerRequest(appliance: Appliance, request: ApplianceRequest): Answer {
  try {
    refuseUnsuitable(request);
    return route(appliance, request);
  } catch (error) {
    if (error instanceof Refusal) return refusalAnswer(error, request.path, appliance.quirks.errorShape);
    throw error;
  }
}

function route(appliance: Appliance, request: ApplianceRequest): Answer {
  if (request.path === '/api/authentication') return logIn(appliance, request);
  if (request.path.startsWith('/api/authentication/')) return listLoginMethods(appliance, request);
  if (request.path === '/api/setup') return showSetup(appliance, request);
  const session = appliance.sessions.use(request.sessionId);
  if (request.path === '/api/info') return showInfo(appliance, request, session);
  if (session === undefined) throw unauthenticated(request.path);
  refuseBrowserWithoutToken(appliance, request, session);
  return routeSession(appliance, request, session);
}

function routeSession(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  const { path } = request;
  if (path === appliance.quirks.userInfoPath) return showUserInfo(appliance, request, session);
  if (path === '/api/transaction') return handleTransaction(appliance, request, session);
  if (path === '/api/transaction/changes') return showChanges(appliance, request, session);
  if (path === '/api/configuration' || path.startsWith('/api/configuration/')) {
    return handleConfiguration(appliance, request, session);
  }
  if (path === '/api/upload/license') return uploadLicense(appliance, request, session);
  if (path === '/api/starling/join' && appliance.facts.starling === 'present') {
    return handleStarlingJoin(appliance, request, session);
  }
  throw notFound(path);
}

/** 417 and 411 come before everything else (core.md §1); their types are inferred, the guide names only the status. */
function refuseUnsuitable(request: ApplianceRequest): void {
  if (request.header('expect') !== '') {
    throw new Refusal(417, 'ExpectationFailed', 'The header Expect is not supported.');
  }
  if (request.method === 'POST' && request.header('content-length') === '') {
    throw new Refusal(411, 'LengthRequired', 'A POST carries Content-Length, also without a body.');
  }
}

/** The guard against forged requests: an agent that looks like a browser proves itself with the token (core.md §1). */
function refuseBrowserWithoutToken(appliance: Appliance, request: ApplianceRequest, session: Session): void {
  if (appliance.facts.browserGuard === 'off' || !['PUT', 'POST', 'DELETE'].includes(request.method)) return;
  if (!request.header('user-agent').includes('Mozilla')) return;
  if (request.header('x-token') === session.token) return;
  throw new Refusal(403, 'Unauthorized', 'The header X-Token is missing or wrong.', { path: request.path });
}
