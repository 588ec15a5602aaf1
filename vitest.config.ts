import { defineConfig } from 'vitest/config';

/** Files that measure real processes, or end with what these took: each has the machine to itself. */
const measuring = ['test/commands/**/*.test.ts', 'test/experiment/{run,sweep,crew,crew-run,trace-run}.test.ts'];
/**
 * A CI machine shares its cores with what it does not know of: a failed test is asked twice more there. A fault of the
 * program fails three times; a core taken away for a second does not. Elsewhere every failure counts at once.
 */
const patience = { testTimeout: 30_000, hookTimeout: 30_000, retry: process.env['CI'] === undefined ? 0 : 2 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'rooms',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', ...measuring],
          sequence: { groupOrder: 0 },
          ...patience,
        },
      },
      {
        test: {
          name: 'measuring',
          include: measuring,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          ...patience,
        },
      },
    ],
  },
});
