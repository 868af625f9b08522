import { type Json, WeaverError } from '@data-weaver/contracts'
import { lookup, parsePath } from '../../src/path.ts'

/** A record of a page as it stands there, or what is in its place. */
export type Row = Json | BrokenRow

/** A part of a body that cannot be read while the others can. */
export class BrokenRow {
  readonly problem: string

  constructor(problem: string) {
    this.problem = problem
  }
}

export const isReadable = (row: Row): row is Json => !(row instanceof BrokenRow)

/**
 * Finds the records in an answer. Null in their place is an empty list: so some sources write it.
 * @throws WeaverError `source_malformed` naming the path that leads nowhere.
 */
export function rowsAt(path: string | undefined): (json: Json) => readonly Json[] {
  const segments = path === undefined ? [] : parsePath(path)
  const place = path === undefined ? 'the body' : `\`records.path\` (${path})`
  return (json) => {
    const found = lookup(json, segments)
    if (found === undefined) throw new WeaverError('source_malformed', `The answer has nothing at ${place}.`)
    if (found === null) return []
    if (Array.isArray(found)) return found as readonly Json[]
    if (typeof found === 'object') return [found]
    throw new WeaverError('source_malformed', `The answer has a ${typeof found} at ${place}, where records should be.`)
  }
}
