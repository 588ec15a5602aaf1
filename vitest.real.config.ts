import { defineConfig } from 'vitest/config';

/** Tests against real model servers; they skip what does not answer. One file at a time: they measure. */
export default defineConfig({
  test: { include: ['test/real/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 600_000, fileParallelism: false },
});
