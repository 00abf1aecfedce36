import { test } from 'vitest';
import { MATRIX_TIMEOUT_MS, showMatrix } from './show-matrix.ts';

// In two files, so that each has a core.
test(
  'every request × everything that can happen to it: all or nothing, the report is true, the next run converges',
  () => showMatrix(['create', 'rename', 'prune', 'action']),
  MATRIX_TIMEOUT_MS,
);
