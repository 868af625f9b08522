import { type JsonObject, type LargeStoredPage, type Rec, type RecordProblem, WeaverError } from '@data-weaver/contracts'
import { planOf } from '../plan.ts'
import { isEmptyByStatus } from '../records.ts'
import type { HttpConfig } from '../schema.ts'
import { inPiecesProblems } from './limits.ts'
import { rowsOf } from './rows.ts'
import { textOf } from './text.ts'

/** The records of a page that is too large to be held. */
export async function* largeRecords(page: LargeStoredPage, config: HttpConfig): AsyncGenerator<Rec | RecordProblem> {
  const [problem] = inPiecesProblems(config)
  if (problem !== undefined) {
    const message = `The answer is too large to be held, and \`${problem.field}\` ${problem.problem}. ${problem.hint ?? ''}`.trim()
    throw new WeaverError('source_too_large', message, { errors: [problem] })
  }
  if (isEmptyByStatus(page.response.status)) return
  const plan = planOf(config)
  const partition = page.request.partition as JsonObject | undefined
  const text = textOf(page.pieces, page.response.headers['content-type'] ?? '', config.records)
  for await (const row of rowsOf(text, config.records, plan.required)) {
    const record = plan.read(row, partition)
    if (record !== undefined) yield record
  }
}
