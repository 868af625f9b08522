import { compilePath, type Json, type JsonObject, pathProblem } from '@data-weaver/contracts'

/** Text, then a path, then text: one more text than paths. */
interface ParsedTemplate {
  readonly texts: readonly string[]
  readonly paths: readonly string[]
}

/** Of a run of braces the innermost pair opens, so that `{{{a}}}` is a placeholder in braces. */
const opening = /(\\*)\{\{(?!\{)/g

/** What is wrong with a template, in words that follow the field's name, or undefined when it is well formed. */
export function templateProblem(template: string): string | undefined {
  const parsed = parseTemplate(template)
  return typeof parsed === 'string' ? parsed : undefined
}

/** Compiles a template that {@link templateProblem} found well formed. */
export function compileTemplate(template: string): (record: JsonObject) => string {
  const parsed = parseTemplate(template)
  if (typeof parsed === 'string') throw new TypeError(parsed)
  const [first, ...rest] = parsed.texts as [string, ...string[]]
  const lookups = parsed.paths.map(compilePath)
  return (record) => {
    let text = first
    for (let at = 0; at < lookups.length; at++) {
      text += write((lookups[at] as (record: unknown) => unknown)(record) as Json | undefined) + (rest[at] as string)
    }
    return text
  }
}

function write(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The parts, or the problem as text. `\{{` is a literal `{{`; a backslash that is to stand before a placeholder is doubled. */
function parseTemplate(template: string): ParsedTemplate | string {
  const texts: string[] = []
  const paths: string[] = []
  let text = ''
  let from = 0
  opening.lastIndex = 0
  for (let match = opening.exec(template); match !== null; match = opening.exec(template)) {
    const backslashes = (match[1] as string).length
    text += template.slice(from, match.index) + '\\'.repeat(Math.floor(backslashes / 2))
    from = opening.lastIndex
    if (backslashes % 2 === 1) {
      text += '{{'
      continue
    }
    const end = template.indexOf('}}', from)
    if (end < 0) return 'has a {{ without its }}'
    const path = template.slice(from, end).trim()
    const problem = path.includes('{') ? 'holds a brace' : pathProblem(path)
    if (problem !== undefined) return `has a placeholder {{${path}}} whose path ${problem}`
    paths.push(path)
    texts.push(text)
    text = ''
    from = opening.lastIndex = end + 2
  }
  if (paths.length === 0) return 'has no {{path}} placeholder'
  texts.push(text + template.slice(from))
  return { texts, paths }
}
