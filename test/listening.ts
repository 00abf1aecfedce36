import { createServer, type AddressInfo, type Server } from 'node:net';
import { onTestFinished } from 'vitest';

/** Lets the server listen at a port of loopback, which it gives, until the test is over. */
export async function listening(server: Server): Promise<number> {
  const port = await listen(server);
  onTestFinished(() => void server.close());
  return port;
}

/** A port of loopback at which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
