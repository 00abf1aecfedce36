import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    // Most tests wait for a process or a socket; vitest's own choice would leave a core idle.
    maxWorkers: '100%',
    // Process tests start the built program several times; the limit is a net against hangs, not a measure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'json-summary'] },
  },
});
