/** Text of a source for a terminal: on one line, and without the control characters that could change what is on the screen. */
export const printable = (text: string): string =>
  text
    .replaceAll(/[\t\r\n\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '\u{FFFD}')
    .toWellFormed()

/** Leading spaces stay; what is longer ends in `…`. Counted in code points. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text)
  return characters.length <= length ? text : `${characters.slice(0, Math.max(0, length - 1)).join('')}…`
}

const padded = (text: string, length: number): string => text + ' '.repeat(Math.max(0, length - Array.from(text).length))

const widestCell = 40
const narrowestCell = 6
const between = '  '

/** A table with a line of titles. Columns that do not fit into the width are left out, the last ones first, and named in a line below. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[], columns: number): string[] {
  const cells = [titles, ...rows].map((row) => row.map((cell) => cut(printable(cell), widestCell)))
  const widths = titles.map((_, column) => Math.max(narrowestCell, ...cells.map((row) => Array.from(row[column] ?? '').length)))
  let fitting = 0
  for (let total = -between.length; fitting < widths.length; fitting += 1) {
    total += between.length + (widths[fitting] ?? 0)
    if (total > columns && fitting > 0) break
  }
  const lines = cells.map((row) =>
    row
      .slice(0, fitting)
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join(between)
      .trimEnd(),
  )
  const left = titles.slice(fitting)
  return left.length === 0 ? lines : [...lines, cut(`(and ${left.map(printable).join(', ')})`, columns)]
}
