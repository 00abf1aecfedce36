import { once } from 'node:events';
import type { Server } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A server that listens on the loopback interface. */
export interface ListeningServer {
  /** The port it got. */
  readonly port: number;
  /** Closes the server and cuts every connection at once; may be called twice. */
  stop(): Promise<void>;
}

/** Listens on `127.0.0.1`; port 0 takes a free one. Rejects when the port is taken. */
export async function listenOnLoopback(server: Server, port: number): Promise<ListeningServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // A peer that resets its connection, also during the handshake, is no reason to end the simulator.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => (stopping ??= stop()),
  };
}
