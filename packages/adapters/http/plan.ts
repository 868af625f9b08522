import type { JsonObject } from '@data-weaver/contracts'
import { parsePath } from '../src/path.ts'
import { type Handlers, handlers } from './handlers.ts'
import { type Increment, increment } from './incremental.ts'
import { isForLargeAnswers } from './large/limits.ts'
import { type ListPlan, listPlan } from './list-plan.ts'
import { keyOf, listed } from './partitions/list.ts'
import type { Partitions } from './partitions/partition.ts'
import type { Row } from './decoder/row.ts'
import { declaredRows, type RecordReader, recordReader } from './record.ts'
import type { HttpConfig } from './schema.ts'

/** A configuration, compiled. */
export interface Plan {
  readonly config: HttpConfig
  readonly list: ListPlan
  /** The request that finds partitions, where one does. */
  readonly parents: ListPlan | undefined
  /** The partitions, where the configuration names them. */
  readonly listed: Partitions | undefined
  /** The keys of those partitions, or of the only one. */
  readonly keys: ReadonlySet<string>
  readonly increment: Increment | undefined
  /** Undefined where the status alone decides. */
  readonly handlers: Handlers | undefined
  readonly read: RecordReader
  /** The rows that the schema of records has something to say of. */
  readonly declared: (rows: readonly Row[]) => readonly JsonObject[]
  /** The columns that a table must have for its rows to have keys. */
  readonly required: readonly string[]
  /** Whether answers may be larger than what is held. */
  readonly large: boolean
}

const plans = new WeakMap<HttpConfig, Plan>()

/** Compiles a configuration, once for each object: streams run by the second, and their records are read one by one. */
export function planOf(config: HttpConfig): Plan {
  let plan = plans.get(config)
  if (plan === undefined) plans.set(config, (plan = compile(config)))
  return plan
}

function compile(config: HttpConfig): Plan {
  const { auth, partitions, records, incremental, errorHandlers, values = {} } = config
  const ownQuery = auth?.type === 'query' ? auth.name : undefined
  const required = columnsOfKey(config)
  const list = listPlan(config, { values, ownQuery, required })
  return {
    config,
    list,
    parents: partitions?.type === 'request' ? listPlan(partitions, { values, ownQuery, required: [] }) : undefined,
    listed: partitions?.type === 'list' ? listed(partitions) : undefined,
    keys: new Set(partitions?.type === 'list' ? partitions.values.map(keyOf) : ['']),
    increment: incremental && increment(incremental),
    handlers: errorHandlers && handlers(errorHandlers, records?.decoder?.type ?? 'json'),
    read: recordReader(config),
    declared: declaredRows(config),
    required,
    large: isForLargeAnswers(config),
  }
}

/** The columns that a table must have for its rows to have keys. */
const columnsOfKey = ({ primaryKey, partitions }: HttpConfig): string[] =>
  primaryKey.map((text) => parsePath(text)[0] as string).filter((name) => name !== partitions?.record)
