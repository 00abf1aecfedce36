import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Json } from '../../src/shared/json.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import type { Answers, Order, TimedRequest } from './appliance-messages.ts';

/** A simulated appliance in a process of its own. */
export interface BenchAppliance {
  readonly url: string;
  readonly caPem: string;
  /** From now on every request waits that long before it takes effect, in ms. */
  setLatency(ms: number): Promise<void>;
  /** The requests since the last call, in the order of their answers. */
  requests(): Promise<readonly TimedRequest[]>;
  /** Changes the configuration behind everybody's back, all at once. */
  put(bodies: Readonly<Record<string, Json>>): Promise<void>;
  show(paths: readonly string[]): Promise<readonly Json[]>;
  state(): Promise<Answers['state']>;
  stop(): Promise<void>;
}

/** Starts it; the caller stops it. */
export async function startAppliance(options: SimulatorOptions): Promise<BenchAppliance> {
  const child = fork(new URL('appliance-process.js', import.meta.url), { execArgv: [], stdio: 'inherit' });
  const ended = once(child, 'exit');

  /** One order at a time: answers carry no number. */
  let last: Promise<unknown> = Promise.resolve();
  function ask<Kind extends Order['kind']>(order: Extract<Order, { kind: Kind }>): Promise<Answers[Kind]> {
    const turn = last.then(async () => {
      const reply = once(child, 'message');
      child.send(order);
      const [message] = (await Promise.race([reply, ended.then(gone)])) as [{ value?: Answers[Kind]; error?: string }];
      if (message.value === undefined) throw new Error(`the appliance's process: ${message.error ?? 'no answer'}`);
      return message.value;
    });
    last = turn.catch(() => undefined);
    return turn;
  }

  const { url, caPem } = await ask<'start'>({ kind: 'start', options });
  return {
    url,
    caPem,
    setLatency: async (ms) => void (await ask<'latency'>({ kind: 'latency', ms })),
    requests: () => ask<'requests'>({ kind: 'requests' }),
    put: async (bodies) => void (await ask<'put'>({ kind: 'put', bodies })),
    show: (paths) => ask<'show'>({ kind: 'show', paths }),
    state: () => ask<'state'>({ kind: 'state' }),
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function gone(): never {
  throw new Error("the appliance's process has ended");
}
