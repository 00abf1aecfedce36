import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** What these measure or change belongs to a whole process. */
const ALONE = ['test/contract/daemon/many-ticks.test.ts', 'test/contract/watch/**/*.test.ts'];

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    projects: [
      { extends: true, test: { name: 'main', include: ['test/**/*.test.ts'], exclude: [...ALONE, 'test/faults/**'] } },
      { extends: true, test: { name: 'alone', include: ALONE, isolate: true } },
      { extends: true, test: { name: 'faults', include: ['test/faults/**/*.test.ts'] } },
    ],
    // A worker keeps what it has imported, which is a third of the time: neither the program nor a helper of the tests has a
    // state of its own (`test/docs/repository.test.ts` looks at the helpers).
    isolate: false,
    // Most tests wait for a process or a socket: with a worker a core, let alone vitest's own choice, cores stand idle.
    maxWorkers: Math.max(4, availableParallelism()),
    // Process tests start the built program several times; the limit is a net against hangs, not a measure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
  },
});
