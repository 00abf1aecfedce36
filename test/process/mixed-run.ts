import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { licenseFile } from '../../src/simulator/license-file.ts';
import type { Profile } from '../../src/simulator/profiles.ts';
import { AUTHORITIES, benchOf, membersIn, prepare, snapshotOf, type Snapshot } from '../faults/bench.ts';
import { scenarioOf } from '../faults/scenarios.ts';
import { LICENSE } from '../update.ts';
import { FILES, LIVE_SPLUNK, world, worldInside, type World } from './harness.ts';

/** A world in which one run does everything that a run can do. */
export interface MixedWorld extends World {
  /** Puts the appliance back to where the run begins, without sessions and records. */
  reset(): void;
  /** What is committed now. */
  snapshot(): Snapshot;
}

/** One request at a time, so that its number names it, to an appliance that is waited for longer than any test takes. */
const SETTINGS = {
  appliance: { requests: { timeout: '30s', commitTimeout: '30s', concurrency: 1 } },
  reconcile: { schedule: '0 0 29 2 *' },
  safety: { maxChangeRatio: 1, allow: ['starling/join'] },
  // A port of its own: several daemons of tests run at a time.
  http: { listen: '127.0.0.1:0' },
  log: { level: 'debug', format: 'json' },
};

/** Two singletons, an upload, one member made, one renamed, one pruned; and leaving Starling where the firmware knows it. */
function documentsFor(profile: Profile): string {
  const isOld = profile === '6.0';
  const collection = isOld ? 'policies/userlists' : 'trust_stores';
  const store = '{ revocation_check: none, crl_urls: [], authorities: [{ certificate: !file authority.pem }] }';
  const body = isOld ? '{ allow: no_user, except: [] }' : store;
  return [
    FILES.support,
    FILES.splunk,
    `resource: management/license\nbody: { serial: ${LICENSE.serial} }\nupload: new.license\n`,
    ...(isOld ? [] : ['resource: starling/join\nbody: { joined: false }\n']),
    `resource: ${collection}\nname: new one\nbody: ${body}\n`,
    `resource: ${collection}\nname: name b\npreviousName: name a\nbody: {}\n`,
    `resource: ${collection}\nprune: true\n`,
  ].join('---\n');
}

/** Makes one. Commands that are awaited run in this process, or are spawned as well. */
export async function mixedWorld(profile: Profile, how: 'spawn' | 'inside'): Promise<MixedWorld> {
  const scenario = scenarioOf('mixed', profile, AUTHORITIES);
  if (scenario === undefined) throw new Error('every firmware has a mixed run');
  const before = { ...scenario.before, 'management/splunk_forwarder': LIVE_SPLUNK };
  const files = {
    'all.yaml': documentsFor(profile),
    'new.license': licenseFile(LICENSE),
    'authority.pem': AUTHORITIES[2] ?? '',
  };
  const w = await (how === 'spawn' ? world : worldInside)(files, { profile });
  await writeFile(join(w.folder, 'sps-gitops.yaml'), JSON.stringify(SETTINGS));
  const bench = benchOf(w.simulator, profile);
  const reset = (): void => prepare(bench, { before });
  reset();
  const known = membersIn(bench);
  return { ...w, reset, snapshot: () => snapshotOf(bench, known) };
}
