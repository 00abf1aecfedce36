import { defineConfig } from 'vitest/config';

// No part of `npm test`: it needs root, buildah and an OCI runtime, and builds for minutes.
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/image/**/*.spec.ts'],
    testTimeout: 120_000,
    hookTimeout: 1_800_000,
  },
});
