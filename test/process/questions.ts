import { expect } from 'vitest';
import type { Quirks } from '../../src/simulator/quirks.ts';
import { FILES, LIVE_SPLUNK, worldInside as world, type World } from './harness.ts';

/** What the support contact is after a successful apply. */
export const WANTED = { uri: { selection: 'url', value: 'https://help.example.com' } };

/** The end of a run that applied its plan. */
export const applied = { outcome: 'applied', transaction: 'committed', reason: 'Succeeded' };

/** A world with two differences and an appliance that answers an open question in its own way. */
export async function worldWith(quirks: Partial<Quirks>, profile: '6.0' | '7.5' | '8.0' = '8.0'): Promise<World> {
  const configuration = { 'management/splunk_forwarder': LIVE_SPLUNK };
  return world({ 'a.yaml': FILES.support, 'b.yaml': FILES.splunk }, { profile, configuration, quirks });
}

/** How many times a transaction was asked for. */
export function openings(w: World): number {
  return w.simulator.requests.filter((r) => r.method === 'POST' && r.path === '/api/transaction').length;
}

/** Nothing was committed, nothing is open. */
export function expectOld(w: World): void {
  expect(w.simulator.configuration('management/support_info')).toEqual({ uri: null });
  expect(w.simulator.configuration('management/splunk_forwarder')).toEqual(LIVE_SPLUNK);
  expect(w.simulator.openTransactions()).toBe(0);
}
