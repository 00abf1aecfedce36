import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { assembleDaemon, type Assembled } from '../../../src/commands/assemble-daemon.ts';
import type { Condition, Conditions, ConditionType } from '../../../src/daemon/conditions.ts';
import { newMemory, type Memory } from '../../../src/daemon/memory.ts';
import type { Observer } from '../../../src/daemon/observer.ts';
import type { Trigger } from '../../../src/daemon/run-queue.ts';
import { createLogger } from '../../../src/log/logger.ts';
import { loadSettings, type Settings } from '../../../src/settings/load-settings.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import {
  DEFAULT_PASSWORD,
  DEFAULT_USERNAME,
  type Simulator,
  type SimulatorOptions,
} from '../../../src/simulator/simulator.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { startSimulator } from '../../simulated.ts';
import { DrivenTimers } from '../../unit/daemon/driven-timers.ts';
import { parseEntry, untruthsOf, type Entry } from './entries.ts';

/** So long, in ms, file events are waited for to settle. */
const QUIET = 500;

/** Desired state that most tests begin with: one object. */
export const SUPPORT = support('help');

/** What `SUPPORT` makes of the live object. */
export const SUPPORT_BODY = { uri: { selection: 'url', value: 'https://help.example.com' } };

/** A document that wants the support link to lead to that host of example.com. */
export function support(host: string): string {
  return `resource: management/support_info
body:
  uri: { selection: url, value: 'https://${host}.example.com' }
`;
}

/** Where a world differs from an empty one. */
export interface WorldOptions {
  /** By name below the configured folder; `SUPPORT` in one file unless given. */
  readonly files?: Readonly<Record<string, string>>;
  /** Merged into the settings file, section by section. */
  readonly settings?: Readonly<Record<string, JsonObject>>;
  readonly simulator?: SimulatorOptions;
}

/** What one step of a test brought about. */
export interface Step {
  readonly entries: readonly Entry[];
  /** Method and path of each request, in the order of arrival. */
  readonly requests: readonly string[];
  /** The events, less the requests. */
  readonly events: readonly string[];
  /** The entry that ended the run; undefined where nothing ran. */
  readonly end: Entry | undefined;
}

/** One appliance, one folder of files, and a daemon on a clock that the test drives. */
export class World {
  readonly simulator: Simulator;
  readonly folder: string;
  readonly timers = new DrivenTimers();
  readonly entries: Entry[] = [];
  /** How many entries there were when each daemon that knew no conditions was put together. */
  readonly lives: number[] = [];
  memory: Memory = newMemory();
  /** Called with each entry as it is logged. */
  onEntry: (entry: Entry) => void = () => undefined;
  /** How long it takes to watch files. */
  watching: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  #assembled: Assembled | null = null;
  /** How often files are being watched. */
  watched = 0;
  /** What the settings file held first. */
  readonly original: Readonly<Record<string, JsonObject>>;
  #settings: Readonly<Record<string, JsonObject>>;
  #onFile: () => void = () => undefined;
  #onTick: () => void = () => undefined;
  #onMissed: (moments: number) => void = () => undefined;
  /** Who is told what each daemon does that is put together from now on. */
  readonly watchers: Observer[] = [];

  constructor(simulator: Simulator, folder: string, settings: Readonly<Record<string, JsonObject>>) {
    this.simulator = simulator;
    this.folder = folder;
    this.original = settings;
    this.#settings = settings;
  }

  get daemon(): Assembled['daemon'] {
    if (this.#assembled === null) throw new Error('the daemon is not there');
    return this.#assembled.daemon;
  }

  /** How many logins there were so far. */
  get logins(): number {
    return this.simulator.requests.filter(({ path }) => path === '/api/authentication').length;
  }

  /** Status and reason of a condition, as `True Succeeded`. */
  condition(type: ConditionType): string {
    const { status, reason }: Condition = this.daemon.conditions[type];
    return `${status} ${reason}`;
  }

  /** The conditions that are true. */
  conditions(): readonly string[] {
    return Object.entries(this.daemon.conditions).flatMap(([type, { status }]) => (status === 'True' ? [type] : []));
  }

  /** Writes desired-state files; null removes one. */
  async files(files: Readonly<Record<string, string | null>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.folder, 'config', name);
      await mkdir(dirname(path), { recursive: true });
      if (text === null) await rm(path);
      else await writeFile(path, text);
    }
  }

  /** Puts a daemon together from the settings file as it is now; what it knows stays unless the test says otherwise. */
  async assemble(
    changes: Readonly<Record<string, JsonObject>> = {},
    conditions: Conditions | null = null,
  ): Promise<void> {
    this.#settings = merged(this.#settings, changes);
    const settings = await this.#load();
    if (conditions === null) this.lives.push(this.entries.length);
    const logger = createLogger({
      level: settings.log.level ?? 'info',
      format: 'json',
      colour: 'never',
      destination: { write: (line) => this.#take(parseEntry(line)) },
    });
    this.#assembled = assembleDaemon({
      settings,
      logger,
      registry: realRegistry(),
      memory: this.memory,
      conditions,
      key: new Uint8Array(32).fill(9),
      version: '0.0.0',
      environment: { PATH: process.env['PATH'] },
      watchers: this.watchers,
      triggers: {
        timers: this.timers,
        // The longest delay of each step.
        random: () => 1 - Number.EPSILON,
        watch: async (onEvent, signal) => {
          await this.watching(signal);
          this.#onFile = onEvent;
          this.watched += 1;
          return {
            close: () => {
              this.watched -= 1;
              return Promise.resolve();
            },
          };
        },
        schedule: (onTick, onMissed) => {
          this.#onTick = onTick;
          this.#onMissed = onMissed;
          return { nextTick: () => null, stop: () => (this.#onTick = () => undefined) };
        },
      },
    });
  }

  /** What the command does at SIGHUP: another daemon, with the settings changed, goes on with what the first one knew. */
  async reload(changes: Readonly<Record<string, JsonObject>> = {}): Promise<Step> {
    const { conditions } = this.daemon;
    await this.end();
    this.memory.verdict = null;
    this.memory.loginGate = 0;
    await this.assemble(changes, conditions);
    return this.start('signal');
  }

  /** Starts the daemon and waits for its first run. */
  async start(first: Trigger = 'start'): Promise<Step> {
    if (this.#assembled === null) await this.assemble();
    return this.step(() => this.daemon.start(first));
  }

  /** A tick of the schedule. */
  async tick(): Promise<Step> {
    return this.step(() => this.#onTick());
  }

  /** Ticks that the machine slept through. */
  sleepThrough(moments: number): void {
    this.#onMissed(moments);
  }

  /** A run that somebody asks for. */
  async ask(): Promise<Step> {
    return this.step(() => this.daemon.request('http'));
  }

  /** A file event, and the silence after it. */
  async touch(): Promise<Step> {
    return this.step(async () => {
      this.#onFile();
      await this.timers.advance(QUIET);
    });
  }

  /** Lets the clock move on, and with it timers. */
  async pass(ms: number): Promise<Step> {
    return this.step(() => this.timers.advance(ms));
  }

  /** Does something and waits until the daemon is idle: all that came of it. */
  async step(work: () => unknown): Promise<Step> {
    const entriesBefore = this.entries.length;
    const requestsBefore = this.simulator.requests.length;
    await work();
    await this.daemon.idle();
    const entries = this.entries.slice(entriesBefore);
    const requests = this.simulator.requests.slice(requestsBefore).map(({ method, path }) => `${method} ${path}`);
    const events = entries.map(({ event }) => event).filter((event) => event !== 'request.sent');
    const ends = entries.filter(({ event }) => event === 'reconcile.succeeded' || event === 'reconcile.failed');
    expect(ends.length, 'runs in one step').toBeLessThan(2);
    return { entries, requests, events, end: ends[0] };
  }

  /** What a SIGTERM does, up to the end of the run under way. */
  stop(): Promise<void> {
    return this.daemon.stop(new SpsGitopsError('interrupted', 'stopped by SIGTERM'));
  }

  /** Ends the daemon and all that it stands on. May be called twice. */
  async end(reason: unknown = new Error('the test is over')): Promise<void> {
    const assembled = this.#assembled;
    this.#assembled = null;
    await assembled?.daemon.stop(reason);
    await assembled?.close();
  }

  #take(entry: Entry): void {
    this.entries.push(entry);
    this.onEntry(entry);
  }

  async #load(): Promise<Settings> {
    await writeFile(join(this.folder, 'sps-gitops.yaml'), JSON.stringify(this.#settings));
    const { settings, findings } = await loadSettings({
      workingDirectory: this.folder,
      environment: {},
      flags: {},
      needs: 'appliance',
    });
    expect(findings).toEqual([]);
    if (settings === null) throw new Error('the settings of the test are not valid');
    return settings;
  }
}

/** A world whose daemon has not started. Ended with the test, and its log checked against what a log may say. */
export async function daemonWorld({ files, settings = {}, simulator: options }: WorldOptions = {}): Promise<World> {
  const simulator = await startSimulator(options);
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-daemon-'));
  const world = new World(simulator, folder, merged(settingsOf(simulator), settings));
  onTestFinished(async () => {
    await world.end();
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
    expect(untruthsOf(world.entries, world.lives)).toEqual([]);
    expect(world.timers.armed, 'timers left').toBe(0);
  });
  await world.files(files ?? { 'support.yaml': SUPPORT });
  return world;
}

/** What leads to that appliance. Short limits, so that a test of a dead one is soon over. */
function settingsOf({ url, caPem }: Pick<Simulator, 'url' | 'caPem'>): Record<string, JsonObject> {
  return {
    appliance: {
      url,
      tls: { ca: caPem },
      login: { username: DEFAULT_USERNAME, password: DEFAULT_PASSWORD },
      requests: { timeout: '2s', commitTimeout: '2s' },
    },
    reconcile: { quietPeriod: `${QUIET}ms` },
    log: { level: 'debug', format: 'json' },
  };
}

function merged(
  base: Readonly<Record<string, JsonObject>>,
  changes: Readonly<Record<string, JsonObject>>,
): Record<string, JsonObject> {
  const names = new Set([...Object.keys(base), ...Object.keys(changes)]);
  return Object.fromEntries([...names].map((name) => [name, { ...base[name], ...changes[name] }]));
}
