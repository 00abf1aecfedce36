import { getuid } from 'node:process';
import { execaSync } from 'execa';

/** Programs that run an OCI bundle; the first that works is taken. */
const RUNTIMES = ['runc', 'crun'] as const;

/** What the tests of the image work with. */
export interface Tools {
  readonly runtime: (typeof RUNTIMES)[number];
}

/** The tools, or a sentence about what is missing and how to get it. */
export function findTools(): Tools | string {
  if (getuid?.() !== 0) return 'the image is built and run as root: run this as root';
  if (!works('buildah', '--version')) return 'buildah is not installed: apt-get install buildah runc';
  const runtime = RUNTIMES.find((name) => works(name, '--version'));
  return runtime === undefined ? 'neither runc nor crun is installed: apt-get install runc' : { runtime };
}

function works(program: string, argument: string): boolean {
  return execaSync(program, [argument], { reject: false }).exitCode === 0;
}
