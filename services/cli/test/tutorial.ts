import { stripVTControlCharacters } from 'node:util'

/** One step of a tutorial: a file that is written, or commands that are run, with the lines that they must print, in this order. */
export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly content: string }
  | { readonly kind: 'commands'; readonly script: string; readonly prints: readonly string[] }

const block = /(?:`([^`\n]+)`:\n\n)?```(\w+)\n([\s\S]*?)\n```/g

/**
 * Reads a tutorial as a person follows it. A block `sh` is typed into a terminal; a block `text` is what it prints, of which lines may be left
 * out and `…` stands for anything; any other block behind a path in backquotes and a colon is that file.
 */
export function stepsOf(markdown: string): Step[] {
  const steps: Step[] = []
  for (const [, path, language, content = ''] of markdown.matchAll(block)) {
    const last = steps.at(-1)
    if (path !== undefined) steps.push({ kind: 'file', path, content: `${content}\n` })
    else if (language === 'sh') steps.push({ kind: 'commands', script: content, prints: [] })
    else if (language === 'text' && last?.kind === 'commands') steps.splice(-1, 1, { ...last, prints: content.split('\n') })
  }
  return steps
}

/** The first of these lines that was not printed behind the one before it; undefined when all were. */
export function missingLine(printed: string, expected: readonly string[]): string | undefined {
  const lines = stripVTControlCharacters(printed).split('\n')
  let at = 0
  for (const line of expected) {
    const literal = line.trim().replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)
    const pattern = new RegExp(`^\\s*${literal.replaceAll('…', '.*').replaceAll(/ +/g, String.raw`\s+`)}`)
    const found = lines.findIndex((candidate, index) => index >= at && pattern.test(candidate))
    if (found === -1) return line
    at = found + 1
  }
  return undefined
}
