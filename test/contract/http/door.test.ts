import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { HttpInterface } from '../../../src/commands/http-interface.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { askOurs } from '../../process/leaks.ts';
import { addressOf, served, TOKEN, type Served } from './served.ts';

/** A port at which somebody else listens. */
async function takenPort(host = '127.0.0.1'): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, server };
}

const at = (port: number, host = '127.0.0.1') => ({ address: addressOf(`${host}:${port}`), token: null });

async function lives(world: Served): Promise<void> {
  expect((await world.ask('GET /healthz')).status).toBe(200);
}

test('a port of 0 becomes a real one, which stays while the address does', async () => {
  const world = await served();
  const first = world.door.address;
  expect(first).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  await world.door.move(at(0));
  expect(world.door.address).toBe(first);
  await lives(world);
});

test('it moves to another port and leaves the old one', async () => {
  const world = await served();
  const old = world.port();
  const { port, server } = await takenPort();
  await new Promise((resolve) => server.close(resolve));
  await world.door.move(at(port));
  expect(world.door.address).toBe(`127.0.0.1:${port}`);
  await lives(world);
  const again = createServer();
  onTestFinished(() => void again.close());
  await new Promise<void>((resolve, reject) => {
    again.on('error', reject);
    again.listen(old, '127.0.0.1', resolve);
  });
});

test('where another process listens it does not go: it stays, and says what to do', async () => {
  const world = await served({ token: TOKEN });
  const before = world.door.address;
  const { port } = await takenPort();
  await expect(world.door.move(at(port))).rejects.toMatchObject({
    code: 'port-unavailable',
    exitCode: 1,
    message: `cannot listen at 127.0.0.1:${port}: another process listens there`,
    hint: expect.stringContaining('http.listen') as string,
  });
  expect(world.door.address).toBe(before);
  await lives(world);
  // With the token that it had.
  expect((await world.ask('POST /reconcile')).status).toBe(401);
});

test('from one address to another at the same port, and back', async () => {
  const world = await served();
  const port = world.port();
  await world.door.move(at(port, '0.0.0.0'));
  expect(world.door.address).toBe(`0.0.0.0:${port}`);
  await lives(world);
  await world.door.move(at(port));
  expect(world.door.address).toBe(`127.0.0.1:${port}`);
  await lives(world);
});

test('where somebody else has the port on another address, it stays where it was', async () => {
  const { port } = await takenPort('127.0.0.2');
  const world = await served({ listen: `127.0.0.1:${port}` });
  await expect(world.door.move(at(port, '0.0.0.0'))).rejects.toMatchObject({ code: 'port-unavailable' });
  expect(world.door.address).toBe(`127.0.0.1:${port}`);
  await lives(world);
});

test('a sandbox takes any other port instead; its metrics are there from the first address on', async () => {
  const { board, scan } = await served();
  const { port } = await takenPort();
  const settings = (listen: string | null) => ({ http: { listen, token: null } });
  const daemon = new HttpInterface(board, 'fail');
  await expect(daemon.follow(settings(`127.0.0.1:${port}`))).rejects.toMatchObject({ code: 'port-unavailable' });
  expect(daemon.address).toBeNull();
  const sandbox = new HttpInterface(board, 'any-port');
  onTestFinished(() => sandbox.close());
  await sandbox.follow(settings(null));
  expect([sandbox.address, sandbox.watchers]).toEqual([null, [board]]);
  await sandbox.follow(settings(`127.0.0.1:${port}`));
  expect(sandbox.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(sandbox.address).not.toBe(`127.0.0.1:${port}`);
  expect(sandbox.watchers).toHaveLength(2);
  const { status, text } = await askOurs(scan, `http://${sandbox.address}/metrics`);
  // The real ones, of this process.
  expect([status, Number(/^sps_gitops_process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]) > 1e7]).toEqual([
    200,
    true,
  ]);
});

test('an address that this machine does not have', async () => {
  const world = await served();
  await expect(world.door.move({ address: addressOf('192.0.2.1:9470'), token: null })).rejects.toThrow(
    'cannot listen at 192.0.2.1:9470: this machine has no such address',
  );
});

test('another token counts at once, without a move', async () => {
  const world = await served();
  const address = world.door.address;
  await world.door.move({ ...at(0), token: new Secret(TOKEN) });
  expect(world.door.address).toBe(address);
  expect((await world.ask('POST /reconcile')).status).toBe(401);
  await world.door.move(at(0));
  expect((await world.ask('POST /reconcile')).status).toBe(202);
});

test('it can be shut and opened again', async () => {
  const world = await served();
  await world.door.move({ address: null, token: null });
  expect(world.door.address).toBeNull();
  await world.door.move(at(0));
  await lives(world);
});

test('closing cuts off whoever is connected, may be done twice, and is for good', async () => {
  const world = await served();
  const idle = await world.connected();
  const gone = new Promise((resolve) => idle.once('close', resolve));
  const port = world.port();
  const moving = world.door.move(at(0));
  await Promise.all([world.door.close(), world.door.close(), moving]);
  await gone;
  await world.door.move(at(port));
  expect(world.door.address).toBeNull();
});

test('neither listening nor a connection keeps the process alive', async () => {
  const sockets = () =>
    process
      .getActiveResourcesInfo()
      .filter((name) => /TCP/.test(name))
      .sort();
  const before = sockets();
  const world = await served();
  const client = await world.connected();
  client.unref();
  await lives(world);
  expect(sockets()).toEqual(before);
});
