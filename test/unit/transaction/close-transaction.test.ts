import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ApplianceError } from '../../../src/sps/appliance-error.ts';
import { closeTransaction, type ClosingContext } from '../../../src/transaction/close-transaction.ts';

type Answer = 'open' | 'closed' | 'done' | Error;

/** An appliance that answers from a script, `GET` and `DELETE` each from its own; the last answer goes on. */
function scripted(script: { readonly get?: readonly Answer[]; readonly delete?: readonly Answer[] }) {
  const asked: string[] = [];
  const next = async (method: 'GET' | 'DELETE', answers: readonly Answer[]): Promise<Answer> => {
    const index = asked.filter((one) => one === method).length;
    asked.push(method);
    const answer = answers[Math.min(index, answers.length - 1)] ?? expect.fail(`${method} was not expected`);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const appliance: ClosingContext['appliance'] = {
    transactionStatus: async () => {
      const status = (await next('GET', script.get ?? [])) === 'open' ? 'open' : 'closed';
      return { status, commitMessage: null, remainingSeconds: null };
    },
    rollback: async () => void (await next('DELETE', script.delete ?? ['done'])),
  };
  return { asked, context: { appliance, closeTimeoutMs: 1000 } };
}

function refusal(status: number, parts: { readonly path?: string; readonly answered?: boolean } = {}): ApplianceError {
  const { path = '/api/transaction', answered = true } = parts;
  return new ApplianceError({ kind: 'status', request: { method: 'GET', path }, status, text: '', answered });
}

const GONE = refusal(401);
const PROXY = refusal(401, { answered: false });
const LOGIN = refusal(401, { path: '/api/authentication' });
const CUT = new ApplianceError({
  kind: 'network',
  request: { method: 'GET', path: '/api/transaction' },
  text: '',
  networkCode: 'UND_ERR_DESTROYED',
});

describe.concurrent('closing is proved', () => {
  test.each<readonly [string, Parameters<typeof scripted>[0], 'delete' | 'ask', string, string]>([
    ['by the status', { get: ['closed'] }, 'delete', 'rolled-back', 'DELETE GET'],
    ['by the status, with nothing to close', { get: ['closed'] }, 'ask', 'none', 'GET'],
    ['by the status, after asking', { get: ['open', 'closed'] }, 'ask', 'rolled-back', 'GET DELETE GET'],
    [
      'in spite of a DELETE that is refused',
      { get: ['closed'], delete: [refusal(409)] },
      'delete',
      'rolled-back',
      'DELETE GET',
    ],
    ['by the end of the session, at the DELETE', { delete: [GONE] }, 'delete', 'rolled-back', 'DELETE'],
    ['by the end of the session, at the status', { get: [GONE] }, 'delete', 'rolled-back', 'DELETE GET'],
    ['by the end of the session, when asking', { get: [GONE] }, 'ask', 'none', 'GET'],
    ['by the second attempt', { get: [refusal(503), 'closed'] }, 'delete', 'rolled-back', 'DELETE GET DELETE GET'],
    ['by the second question', { get: [refusal(503), 'closed'] }, 'ask', 'none', 'GET GET'],
    ['by the second DELETE', { get: ['open', 'closed'] }, 'delete', 'rolled-back', 'DELETE GET DELETE GET'],
  ])('%s', async (_what, script, start, end, asked) => {
    const appliance = scripted(script);
    expect(await closeTransaction(start, appliance.context)).toBe(end);
    expect(appliance.asked.join(' ')).toBe(asked);
  });

  test.each(['delete', 'ask'] as const)('only by a second look where a write may be on its way (%s)', async (start) => {
    const late = scripted({ get: ['closed', 'open', 'closed'] });
    const context = { ...late.context, closeTimeoutMs: 5000 };
    expect(await closeTransaction(start, context, 'lost')).toBe('rolled-back');
    expect(late.asked.join(' ')).toBe(`${start === 'ask' ? '' : 'DELETE '}GET GET DELETE GET`);
  });
});

describe.concurrent('closing is not proved', () => {
  test.each<readonly [string, Parameters<typeof scripted>[0], string]>([
    ["by a proxy's 401", { get: [PROXY] }, 'DELETE GET DELETE GET'],
    ["by a proxy's 401 to the DELETE", { delete: [PROXY], get: ['open'] }, 'DELETE GET DELETE GET'],
    ['by a login that is refused', { get: [LOGIN] }, 'DELETE GET DELETE GET'],
    ['while it stays open', { get: ['open'] }, 'DELETE GET DELETE GET'],
    ['without an answer', { get: [refusal(502)] }, 'DELETE GET DELETE GET'],
  ])('%s: until the time is over', async (_what, script, asked) => {
    const appliance = scripted(script);
    expect(await closeTransaction('delete', appliance.context)).toBe('unproved');
    expect(appliance.asked.join(' ')).toBe(asked);
  });

  test('an appliance that hangs: until the time is over, also where memory is tidied up meanwhile', async () => {
    const appliance = scripted({});
    const rollback = (signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const context = { appliance: { ...appliance.context.appliance, rollback }, closeTimeoutMs: 300 };
    const closing = closeTransaction('delete', context, 'answered', new AbortController().signal);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // What only weak references lead to goes at the second turn.
    for (let turn = 0; turn < 2; turn += 1)
      await new Promise<void>((resolve) => setImmediate(() => resolve(collect())));
    expect(await closing).toBe('unproved');
    expect(appliance.asked).toEqual([]);
  }, 5000);

  test('once we have closed the connection ourselves: at once', async () => {
    const appliance = scripted({ get: [CUT] });
    expect(await closeTransaction('delete', appliance.context)).toBe('unproved');
    expect(appliance.asked.join(' ')).toBe('DELETE GET');
  });

  test('once it is stopped: at once', async () => {
    const appliance = scripted({ get: ['open'] });
    const stopped = AbortSignal.abort(new Error('stopped'));
    expect(await closeTransaction('delete', appliance.context, 'answered', stopped)).toBe('unproved');
    expect(appliance.asked).toEqual([]);
  });

  test('once it is stopped at the DELETE: without another question', async () => {
    const stop = new AbortController();
    const appliance = scripted({ get: ['closed'] });
    const rollback = (): Promise<void> => {
      stop.abort();
      return Promise.reject(refusal(502));
    };
    const context = { ...appliance.context, appliance: { ...appliance.context.appliance, rollback } };
    expect(await closeTransaction('delete', context, 'answered', stop.signal)).toBe('unproved');
    expect(appliance.asked).toEqual([]);
  });
});
