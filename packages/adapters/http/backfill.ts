import { type AdapterBackfill, type FieldProblem, type Json, WeaverError } from '@data-weaver/contracts'
import { backfillCheckpoint, isUnderWay, readRound } from './checkpoint.ts'
import { valueOfTime } from './incremental.ts'
import { scopeOf } from './round.ts'
import type { HttpConfig } from './schema.ts'

/** A stretch of the past is fetched again with a round of its own, which begins and ends where it is told to. */
export const backfill: AdapterBackfill<HttpConfig> = {
  from(config, since, until): { cursor: Json; bounded: boolean } {
    const { incremental, partitions } = config
    if (incremental === undefined) throw refused('config.incremental', 'is missing: no request says since when records are wanted')
    if (!['time', 'epochSeconds', 'epochMillis'].includes(incremental.order)) {
      throw refused('config.incremental.order', `is "${incremental.order}", which is no order of times`)
    }
    if (scopeOf(config) === 'own') throw refused('config.incremental.scope', 'is "partition": each partition has a cursor of its own')
    const bounded = partitions?.type === 'window' || incremental.until !== undefined
    return { cursor: backfillCheckpoint(config, valueOfTime(since, incremental), until), bounded }
  },
  underWay: (config, cursor) => isUnderWay(readRound(config, cursor)),
}

function refused(field: string, problem: string): WeaverError {
  const errors: FieldProblem[] = [{ field, problem, hint: 'Give a `cursor` to begin with, or null for everything.' }]
  return new WeaverError('invalid_config', `The past of this stream cannot be asked for by time: ${field} ${problem}.`, { errors })
}
