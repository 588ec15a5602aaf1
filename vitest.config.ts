import { defineConfig } from 'vitest/config';

/** Files that measure real processes, or end with what these took: each has the machine to itself. */
const measuring = ['test/commands/**/*.test.ts', 'test/experiment/{run,sweep,crew,crew-run}.test.ts'];
const patience = { testTimeout: 30_000, hookTimeout: 30_000 };

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
