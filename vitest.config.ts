import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['packages/testkit/src/vitest-setup.ts'],
    include: ['services/**/*.test.ts', 'packages/**/*.test.ts', 'test/**/*.test.ts'],
    // A cold embedded Postgres on two slow cores takes its time; tests wait for conditions, this is only the limit.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
