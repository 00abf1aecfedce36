import { defineConfig } from 'rolldown';

/**
 * The built program is a few files instead of several hundred, ours and those of our dependencies: finding, reading and
 * linking them one by one took longer than a whole plan. A command loads its own part, what it shares with others, and no more.
 */
export default defineConfig({
  input: ['src/cli.ts', 'src/demo.ts', 'src/build-validators.ts'],
  platform: 'node',
  // Types are checked before, by the compiler.
  tsconfig: false,
  output: {
    dir: 'dist',
    cleanDir: true,
    // A folder down, as the sources are: what they find relative to themselves is found from here as well.
    chunkFileNames: 'parts/[name].js',
    // Names in stack traces, and comments, are for whoever has to read them.
    minify: false,
  },
});
