import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { source } from '../docs/sources.ts';
import { holdBack } from '../process/daemon.ts';
import { startSimulator } from '../simulated.ts';
import { startContainer } from './container.ts';
import { deploy, GIT_SYNC, HTTP_TOKEN, PROGRAM, volume } from './deployed.ts';
import { buildImage, type Image } from './image.ts';
import { readLog } from './log.ts';
import { findTools, type Tools } from './tools.ts';

const found = findTools();
const isMissing = typeof found === 'string';
if (isMissing) process.stdout.write(`test:image: nothing was built or tested: ${found}\n`);

const PACKAGE = JSON.parse(source('package.json')) as Readonly<Record<string, Readonly<Record<string, string>>>>;
const ENDS = /^reconcile\.(?:succeeded|failed)$/;
const SUPPORT = 'management/support_info';
const support = (host: string) => ({
  'support.yaml': `resource: ${SUPPORT}
body:
  uri: { selection: url, value: 'https://${host}.example.com' }
`,
});

describe.skipIf(isMissing)('the image', () => {
  let image: Image;
  const tools = found as Tools;
  beforeAll(async () => {
    image = await buildImage();
    return () => image.remove();
  });

  describe('what the image says', () => {
    test('it runs the program itself, without a shell, as a user by its number', () => {
      const { config } = image;
      expect(config.Entrypoint).toEqual(['node', '/app/dist/cli.js']);
      expect(config.Cmd).toEqual(['run']);
      expect(config.User).toBe(String(PROGRAM));
      expect(Object.keys(config.Volumes)).toEqual(['/var/lib/sps-gitops']);
      expect(config.Healthcheck.Test).toEqual(['CMD', ...config.Entrypoint, 'status', '--live']);
    });

    test('its labels tell where it comes from', () => {
      const labels = Object.entries(image.config.Labels).filter(([name]) => name.startsWith('org.opencontainers.'));
      expect(Object.fromEntries(labels.map(([name, value]) => [name.split('.').at(-1), value]))).toEqual({
        title: PACKAGE['name'],
        description: PACKAGE['description'],
        licenses: PACKAGE['license'],
        version: '1.2.3',
        revision: image.revision,
        source: 'https://git.example.com/sps-gitops',
      });
    });
  });

  describe('what is in the image', () => {
    test('only what the program runs with', () => {
      const app = join(image.root, 'app');
      expect(readdirSync(app).toSorted()).toEqual(
        ['LICENSE', 'config-examples', 'dist', 'node_modules', 'package.json', 'schemas'].toSorted(),
      );
      const packages = Object.keys(PACKAGE['devDependencies'] ?? {});
      expect(packages.length).toBeGreaterThan(0);
      expect(packages.filter((name) => readdirSync(join(app, 'node_modules')).includes(name))).toEqual([]);
    });

    test('nothing of the program is writable for its user', () => {
      const files = readdirSync(join(image.root, 'app'), { recursive: true, withFileTypes: true });
      const writable = files.filter((entry) => {
        const { uid, gid, mode } = statSync(join(entry.parentPath, entry.name));
        return uid === PROGRAM || gid === PROGRAM || (mode & 0o022) !== 0;
      });
      expect(writable.map(({ name }) => name)).toEqual([]);
    });

    test('it adds less than 150 MB to its base', () => {
      const megabytes = Math.round(image.addedBytes / 1e6);
      process.stdout.write(`test:image: ${megabytes} MB beyond the base\n`);
      expect(megabytes).toBeGreaterThan(10);
      expect(megabytes).toBeLessThan(150);
    });
  });

  describe('the image on a read-only root', () => {
    test('it validates, and says what it misses', async () => {
      const valid = await startContainer(tools, image, {
        args: ['validate', '/app/config-examples/quickstart'],
        env: { SPLUNK_HEC_TOKEN: 'not-a-real-token' },
      });
      expect(await valid.process).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Valid: ') as string });
      const without = await startContainer(tools, image);
      expect(await without.process).toMatchObject({ exitCode: 3 });
    });

    test('it runs with an appliance of its own, and needs to write nowhere but in its volume', async () => {
      const log = readLog(
        await startContainer(tools, image, { args: ['run', '--simulate'], mounts: [await volume()] }),
      );
      await log.until(ENDS, { outcome: 'applied' });
      await log.stop();
    });

    test('it reconciles an appliance outside from a checkout of another user, commit by commit', async () => {
      const deployment = await deploy(tools, image);
      const { simulator } = deployment.world;
      const { container, log } = await deployment.daemon();
      // As in a composition, where nothing waits for the first checkout.
      await log.until(ENDS, { reason: 'InputInvalid', trigger: 'start' });
      const first = await deployment.publish(support('first'));
      expect(await log.until(ENDS, { outcome: 'applied' })).toMatchObject({ commit: first });
      const second = await deployment.publish(support('second'));
      expect(await log.until(ENDS, { outcome: 'applied' })).toMatchObject({ commit: second });
      expect(JSON.stringify(simulator.configuration(SUPPORT))).toContain('second.example.com');

      // Without what the program tells git, git would refuse.
      const { output } = await container.exec('git', '-C', deployment.link, 'status');
      expect(output).toContain('dubious ownership');
      expect(statSync(join(deployment.link, 'config')).uid).toBe(GIT_SYNC);

      const pid = await container.pid();
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('node\0/app/dist/cli.js\0run\0');
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\s+10001\s+10001\s+10001\s+10001$/m);
      for (const place of ['/app', '/tmp', '/etc/sps-gitops', '/']) {
        expect((await container.exec('touch', join(place, 'x'))).output).toContain('Read-only file system');
      }
      const state = statSync(join(deployment.state, 'state'));
      expect([state.uid, state.mode & 0o777]).toEqual([PROGRAM, 0o700]);
      await log.stop();
    });

    test('SIGTERM ends it within 5 s: in a transaction with nothing left, at rest with all done', async () => {
      const deployment = await deploy(tools, image);
      const { world } = deployment;
      await deployment.publish(support('first'));
      const before = world.simulator.configuration(SUPPORT);
      const held = holdBack(world, ({ method, path }) => method === 'PUT' && path.endsWith(SUPPORT));
      const busy = await deployment.daemon();
      await held.arrived;
      const stopped = busy.log.stop();
      await busy.log.until('daemon.stopping');
      held.go();
      expect(await stopped).toMatchObject({ transaction: 'rolled-back', reason: 'Interrupted' });
      expect(world.simulator.configuration(SUPPORT)).toEqual(before);
      expect(world.simulator.commits).toEqual([]);

      const atRest = await deployment.daemon();
      await atRest.log.until(ENDS, { outcome: 'applied' });
      expect(await atRest.log.stop()).toMatchObject({ outcome: 'applied', transaction: 'committed' });
    });

    test('it stays healthy while the appliance is gone, is not ready meanwhile, and comes back', async () => {
      const deployment = await deploy(tools, image);
      const { http, world } = deployment;
      const { simulator } = world;
      expect(await deployment.run('status', '--live')).toBe(1);
      await deployment.publish(support('first'));
      const { container, log } = await deployment.daemon();
      const check = image.config.Healthcheck.Test.slice(1);
      await log.until(ENDS, { outcome: 'applied' });
      expect(await statuses(http)).toEqual({ healthz: 200, readyz: 200, metrics: 200 });

      const port = Number(new URL(simulator.url).port);
      await simulator.stop();
      expect(await asked(http)).toBe(202);
      await log.until('reconcile.failed', { reason: 'TargetUnreachable', trigger: 'http' });
      expect(await statuses(http)).toEqual({ healthz: 200, readyz: 503, metrics: 200 });
      expect(await container.exec(...check)).toMatchObject({ code: 0 });
      expect(await container.exec(...image.config.Entrypoint, 'status')).toMatchObject({ code: 1 });

      const again = await startSimulator({ port });
      onTestFinished(() => again.stop());
      await log.until('reconcile.succeeded');
      expect(await statuses(http)).toEqual({ healthz: 200, readyz: 200, metrics: 200 });
      await log.stop();
    });
  });
});

/** Asks for a run, from outside of the container. Returns the status of the answer. */
async function asked(http: string): Promise<number> {
  const headers = { Authorization: `Bearer ${HTTP_TOKEN}` };
  return (await fetch(`${http}/reconcile`, { method: 'POST', headers })).status;
}

async function statuses(http: string): Promise<Readonly<Record<string, number>>> {
  const names = ['healthz', 'readyz', 'metrics'];
  const pairs = names.map(async (name) => [name, (await fetch(`${http}/${name}`)).status] as const);
  return Object.fromEntries(await Promise.all(pairs));
}
