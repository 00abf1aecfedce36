import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer } from './answer.ts';
import type { Delivery } from './fault-effects.ts';

const CHUNK = 64 * 1024;

/** Sends, cuts, pads or withholds an answer. A withheld one stays open until the server closes its connections. */
export function deliver(delivery: Delivery, response: ServerResponse): void {
  switch (delivery.kind) {
    case 'hang':
      return;
    case 'cut':
      response.socket?.destroy();
      return;
    case 'send':
      head(delivery.answer, response).end(delivery.answer.text);
      return;
    case 'truncate': {
      const whole = Buffer.from(delivery.answer.text);
      // The cut waits for the first half to be on its way, else the client would see no body at all.
      head(delivery.answer, response).write(whole.subarray(0, Math.floor(whole.length / 2)), () => {
        response.socket?.destroy();
      });
      return;
    }
    case 'pad':
      response.writeHead(delivery.answer.status, { ...delivery.answer.headers, 'Content-Length': delivery.bytes });
      Readable.from(paddedString(delivery.bytes))
        .on('error', () => response.destroy())
        .pipe(response);
  }
}

function head(answer: Answer, response: ServerResponse): ServerResponse {
  return response.writeHead(answer.status, { ...answer.headers, 'Content-Length': Buffer.byteLength(answer.text) });
}

/** A JSON string of so many bytes, quotes included, piece by piece so that it never stands in memory. */
function* paddedString(bytes: number): Generator<Buffer> {
  yield Buffer.from('"');
  for (let left = bytes - 2; left > 0; left -= CHUNK) yield Buffer.alloc(Math.min(CHUNK, left), 'x');
  yield Buffer.from('"');
}
