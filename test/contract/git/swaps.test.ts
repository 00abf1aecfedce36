import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { inSandbox, load } from './checkout.ts';

const at = inSandbox('swaps');

/** Points a link from one whole tree to the next, and removes the old one, until it is killed. */
const SWAPS = `
const { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
for (let i = 0; ; i++) {
  mkdirSync('tree' + i);
  writeFileSync('tree' + i + '/a.yaml', 'resource: a\\nbody: 1\\n');
  symlinkSync('tree' + i, 'next');
  renameSync('next', 'link');
  if (i > 0) rmSync('tree' + (i - 1), { recursive: true });
  if (i === 1) console.log('swapping');
}`;

it('a link that leads to a whole tree at every moment is never taken for a directory that is missing', async () => {
  const swapping = spawn(process.execPath, ['-e', SWAPS], { cwd: at.path, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(swapping.stdout, 'data');
  const ends = new Set<string>();
  for (let round = 0; round < 250; round += 1) {
    try {
      const { findings } = await load(join(at.path, 'link'), { read: 'auto' });
      for (const { severity, code } of findings) if (severity === 'error') ends.add(code);
    } catch (error) {
      ends.add(error instanceof SpsGitopsError ? error.failure : String(error));
    }
  }
  swapping.kill('SIGKILL');
  await once(swapping, 'exit');
  // That it moved while it was read is for the next run; nothing else is wrong.
  expect([...ends]).toEqual(['inputUnstable']);
});
