import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import type { Violation } from './oracle.ts'

/** One line of the table: what was done to the system, how often, and what it did to the data. */
export interface Outcome {
  readonly fault: string
  readonly queue: string
  readonly times: number
  readonly lost: number
  readonly doubled: number
  /** From a fault until the same work went on, milliseconds. Empty: nothing was interrupted, or it is not measured. */
  readonly recoveries: readonly number[]
}

export const count = (violations: readonly Violation[], kind: Violation['kind']): number =>
  violations.filter((violation) => violation.kind === kind).length

/** Adds a line to the file that the test run collects. */
export function note(file: string, outcome: Outcome): void {
  appendFileSync(file, `${JSON.stringify(outcome)}\n`)
}

const quantile = (values: readonly number[], share: number): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]

const seconds = (ms: number | undefined): string => (ms === undefined ? '' : (ms / 1000).toFixed(ms < 1000 ? 2 : 1))

/** Rows of a table that is there already, by fault and queue. */
function rowsOf(text: string): Map<string, string> {
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| fault |'))
  return new Map(rows.map((row) => [keyOf(row), row]))
}

const keyOf = (row: string): string => row.split(' | ').slice(0, 2).join(' | ')

/** The table in Markdown, in order of the names of the faults. What this run did not try stays as it was in `before`. */
export function table(file: string, before = ''): string {
  const outcomes = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Outcome)
  const measured = outcomes.map(
    ({ fault, queue, times, lost, doubled, recoveries }) =>
      `| ${fault} | ${queue} | ${times} | ${lost} | ${doubled} | ${seconds(quantile(recoveries, 0.5))} | ${seconds(quantile(recoveries, 0.99))} |`,
  )
  const head = ['| fault | queue | times | lost | doubled | recovery p50, s | recovery p99, s |', '|---|---|---:|---:|---:|---:|---:|']
  const rows = new Map([...rowsOf(before), ...measured.map((row) => [keyOf(row), row] as const)])
  return [...head, ...[...rows.values()].toSorted()].join('\n')
}

const begin = '<!-- written by the fault suite: begin -->'
const end = '<!-- written by the fault suite: end -->'

/** Puts what a run found between the marks of a page. @throws Error when the page has no marks. */
export function writeTable(page: string, file: string): void {
  const before = readFileSync(page, 'utf8')
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for the table`)
  writeFileSync(page, `${before.slice(0, from + begin.length)}\n\n${table(file, before.slice(from, to))}\n\n${before.slice(to)}`)
}
