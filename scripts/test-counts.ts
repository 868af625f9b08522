export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** `12 passed, 0 failed`, with `, 3 skipped` when there are any. */
export const countsLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`

/** The sum of counts in JSON, one per line. */
export function addCounts(text: string): Counts {
  const all = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Counts)
  const sum = (of: keyof Counts) => all.reduce((total, counts) => total + counts[of], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}
