import { type FieldProblem, maxHeldBytes } from '@data-weaver/contracts'
import { parsePath } from '../../src/path.ts'
import type { HttpConfig } from '../schema.ts'

/** What is read of an answer before it is known whether it is a large one, bytes. One that ends within that is like any other. */
export const heldBeginningBytes = 2 * 1024 * 1024

/** Largest record of a large answer, characters: it is held, and the next ones with it. */
export const longestRecord = 16 * 1024 * 1024

/** Whether answers may be larger than what is held. */
export const isForLargeAnswers = ({ request }: HttpConfig): boolean => (request.maxBytes ?? 0) > maxHeldBytes

/** Why answers of this configuration cannot be read piece by piece, field by field. None: they can. */
export function* inPiecesProblems(config: HttpConfig): Generator<FieldProblem> {
  const { records, pagination, incremental, versionField, errorHandlers, request } = config
  const type = records?.decoder?.type ?? 'json'
  const unreadable = (field: string, what: string, hint: string): FieldProblem => ({
    field: `config.${field}`,
    problem: `${what} while \`request.maxBytes\` is above ${maxHeldBytes}, where answers are read piece by piece`,
    hint,
  })
  const smaller = `Set \`request.maxBytes\` to ${maxHeldBytes} or less, and ask for smaller answers.`
  if (type === 'xml' || type === 'feed')
    yield unreadable('records.decoder', `cannot be "${type}"`, `Ask for JSON, NDJSON or CSV. Or: ${smaller}`)
  if (records?.compression?.type === 'zip') yield unreadable('records.compression', 'cannot be "zip"', `Ask for gzip. Or: ${smaller}`)
  if (type === 'json' && records?.path !== undefined && parsePath(records.path).some((name) => name === '' || /[.*]/.test(name)))
    yield unreadable('records.path', 'cannot have a name with a dot or a star in it', smaller)
  if (pagination !== undefined) yield unreadable('pagination', 'cannot be there', smaller)
  if (incremental !== undefined) yield unreadable('incremental', 'cannot be there', smaller)
  if (versionField !== undefined) yield unreadable('versionField', 'cannot be there', smaller)
  if (request.conditional?.includes('hash') === true)
    yield unreadable('request.conditional', 'cannot have "hash"', 'Use "etag" or "lastModified", where the source has them.')
  for (const [index, handler] of (errorHandlers ?? []).entries()) {
    if (handler.do === 'deadLetter') yield unreadable(`errorHandlers.${index}.do`, 'cannot be "deadLetter"', smaller)
    if (handler.when.body !== undefined)
      yield unreadable(`errorHandlers.${index}.when.body`, 'cannot be there', 'Use `contains`, which looks at the beginning.')
  }
}
