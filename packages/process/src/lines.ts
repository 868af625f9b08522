import type { Readable } from 'node:stream'

/** Longest line that is kept together, in characters. */
const longestLine = 65_536

/** Calls `onLine` for each line of a text stream, without its line break; the last one also when it has none. */
export function linesOf(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
    if (rest.length > longestLine) {
      onLine(rest)
      rest = ''
    }
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest)
    rest = ''
  })
  stream.on('error', () => {})
}
