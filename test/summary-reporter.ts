import { appendFileSync, writeSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'
import { type Counts, countsLine } from '../scripts/test-counts.ts'

/**
 * Ends the output of a test run with one plain line, `12 passed, 0 failed`, that other programs can read. With
 * `WEAVER_TEST_COUNTS=<file>` it appends the counts to that file instead, so that several runs become one line.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = count(modules, unhandledErrors)
    const file = process.env['WEAVER_TEST_COUNTS']
    if (file !== undefined && file !== '') appendFileSync(file, `${JSON.stringify(counts)}\n`)
    // The other reporters write after this one; at exit they are done.
    else process.once('exit', () => writeSync(1, `${countsLine(counts)}\n`))
  }
}

/** A file that cannot be loaded or whose hooks fail, and an error outside of any test, count as one failure each. */
function count(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Counts {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state)
    counts.passed += states.filter((state) => state === 'passed').length
    counts.skipped += states.filter((state) => state === 'skipped' || state === 'pending').length
    const failed = states.filter((state) => state === 'failed').length
    counts.failed += failed === 0 && module.state() === 'failed' ? 1 : failed
  }
  return counts
}
