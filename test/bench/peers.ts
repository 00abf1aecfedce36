import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { measurePeer } from './one-shot.ts';
import type { Sample } from './sample.ts';
import { ROOT, type World } from './world.ts';

/** What else could do the same work. */
export interface Peer {
  readonly name: string;
  /** The programs that it needs. */
  readonly needs: readonly string[];
  measure(world: World): Promise<Sample>;
}

const FOLDER = join(ROOT, 'test/bench/peers');

/** The peers of `test/bench/peers`. */
export const peers: readonly Peer[] = [
  {
    name: 'curl',
    needs: ['bash', 'curl', 'jq'],
    measure: (world) => measurePeer(world, 'bash', [join(FOLDER, 'reconcile.sh')]),
  },
  {
    name: 'Ansible',
    needs: ['ansible-playbook'],
    measure: (world) => measurePeer(world, 'ansible-playbook', ['-i', 'localhost,', join(FOLDER, 'reconcile.yaml')]),
  },
];

/** Whether a peer can be measured here. */
export async function isInstalled({ needs }: Peer): Promise<boolean> {
  try {
    for (const program of needs) await promisify(execFile)(program, ['--version']);
    return true;
  } catch {
    return false;
  }
}
