import type { DeadLetterFilter } from '@data-weaver/contracts'
import { bigint, boolean, index, integer, jsonb, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { operations, weaver } from './schema.ts'

/** What is to be carried to sinks again, or resolved; the rest of the wish is in `scope` of the operation. */
export interface RedeliveryWish {
  /** Times in ISO 8601. */
  readonly since?: string
  readonly until?: string
  /** Ids of results. */
  readonly results?: readonly string[]
  /** Id of a run. */
  readonly run?: string
  /** Places in the sinks of the version. */
  readonly positions?: readonly number[]
  /** Ids of dead letters. */
  readonly deadLetters?: readonly string[]
  readonly filter?: Omit<DeadLetterFilter, 'stream'>
}

const count = (name: string) => integer(name).notNull().default(0)

/** How far operations are that deliver results again: a row beside the operation's. */
export const redeliveries = weaver.table('redeliveries', {
  operationId: uuid('operation_id')
    .primaryKey()
    .references(() => operations.id, { onDelete: 'cascade' }),
  wish: jsonb('wish').$type<RedeliveryWish>().notNull(),
  /** Null: dead letters of any stream. */
  streamId: uuid('stream_id'),
  /** The version to read and transform with; null: the current one of each stream when its turn comes. */
  streamVersion: integer('stream_version'),
  /** It was asked for while its stream was stopped; a stop after that clears it, and what is made from then on is held. */
  evenStopped: boolean('even_stopped').notNull().default(false),
  /** Number of the last result, or of the last dead letter, that was taken in hand; and where it ends. */
  after: bigint('after', { mode: 'number' }).notNull(),
  upTo: bigint('up_to', { mode: 'number' }).notNull(),
  matched: count('matched'),
  done: count('done'),
  deliveries: count('deliveries'),
  delivered: count('delivered'),
  documents: count('documents'),
  deadLetters: count('dead_letters'),
})

/** Deliveries that such operations still wait for: never more than a window of them. */
export const openRedeliveries = weaver.table(
  'open_redeliveries',
  {
    operationId: uuid('operation_id')
      .notNull()
      .references(() => operations.id, { onDelete: 'cascade' }),
    deliveryId: bigint('delivery_id', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.operationId, table.deliveryId] }), index('open_redeliveries_delivery').on(table.deliveryId)],
)
