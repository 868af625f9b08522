import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { LongestFirst } from './test/faults/longest-first.ts'

const folders = '{bench,packages,services,test}/**'
const onRealServers = `${folders}/*.real.test.ts`

// A cold embedded Postgres on two slow cores takes its time; tests wait for conditions, these are only the limits.
const limits = { testTimeout: 60_000, hookTimeout: 120_000, teardownTimeout: 30_000 }
/** One throw-away Postgres for all files of a run, started when the first test asks for it. */
const globalSetup = ['packages/testkit/src/vitest-setup.ts']

export default defineConfig({
  test: {
    // Tests start processes of their own, so one core is left to them; more than 8 workers only wait for the one Postgres.
    maxWorkers: Math.min(8, Math.max(2, availableParallelism() - 1)),
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [
      {
        test: {
          ...limits,
          name: 'embedded',
          globalSetup,
          include: [`${folders}/*.test.{ts,tsx}`],
          exclude: [...configDefaults.exclude, onRealServers],
        },
      },
      // Redis, MinIO and other servers that `pnpm servers` installs. What is missing skips its tests, or fails them with
      // WEAVER_REQUIRE_SERVERS=1.
      { test: { ...limits, name: 'real', globalSetup, include: [onRealServers] } },
      // The same handlers in a simulated world, by seeds; and the model of the ledger there, compared with the real one.
      { test: { ...limits, name: 'simulation', globalSetup, include: ['test/simulation/*.simulation.ts'] } },
      // The fault suite, on real servers as well: minutes, and nothing beside it. Each file has a database of its own.
      {
        test: {
          name: 'faults',
          globalSetup: ['test/faults/setup.ts'],
          include: ['test/faults/*.faults.ts'],
          testTimeout: 540_000,
          hookTimeout: 120_000,
          teardownTimeout: 30_000,
        },
      },
    ],
  },
})
