import {
  ActionPreview,
  Audit,
  Backfill,
  Budget,
  DeadLetter,
  DeadLetterGroup,
  Document,
  type ErrorCode,
  errorKinds,
  MessageAnswer,
  Operation,
  Overview,
  PageOf,
  PageQuery,
  type PageResult,
  Problem,
  RedeliveryPreview,
  Result,
  ResultEvent,
  Run,
  RunLogLine,
  SinkState,
  SinkLag,
  Stream,
  StreamVersion,
  Tick,
  TickRuns,
  VespaSchemaProposal,
  Worker,
  WorkerAvailableEvent,
} from '@data-weaver/contracts'
import Type, { type Static, type TSchema } from 'typebox'
import { problemType } from './problem.ts'

/** The schemas that have a name in the API's description. Routes refer to them by it. */
export const namedSchemas: readonly TSchema[] = [
  Problem,
  Stream,
  StreamVersion,
  Run,
  RunLogLine,
  SinkLag,
  Overview,
  Tick,
  TickRuns,
  Operation,
  ActionPreview,
  Backfill,
  RedeliveryPreview,
  Result,
  DeadLetter,
  DeadLetterGroup,
  Document,
  Worker,
  Budget,
  SinkState,
  Audit,
  VespaSchemaProposal,
  MessageAnswer,
  ResultEvent,
  WorkerAvailableEvent,
]

interface Headers {
  readonly [name: string]: { readonly type: 'string'; readonly description: string }
}

export const etagHeader: Headers = { ETag: { type: 'string', description: 'For If-Match.' } }
export const locationHeader: Headers = { Location: { type: 'string', description: 'Path of what was made.' } }

/** A reference to a named schema; neighbours of `$ref` describe the response that it stands in. */
const referTo = (schema: TSchema, about: object = {}) => ({ $ref: `${(schema as { $id?: string }).$id}#`, ...about })

/** A response with one thing of a named schema. */
export const one = <S extends TSchema>(schema: S, description: string, headers?: Headers) =>
  Type.Unsafe<Static<S>>(referTo(schema, { description, ...(headers === undefined ? {} : { headers }) }))

/** A response with a page of things of a named schema. */
export const listOf = <S extends TSchema>(schema: S, description: string) =>
  Type.Unsafe<PageResult<Static<S>>>({ ...PageOf(Type.Unsafe<Static<S>>(referTo(schema))), description })

/** A response without a body. */
export const nothing = (description: string) => Type.Unsafe<undefined>({ type: 'null', description })

const everywhere: readonly ErrorCode[] = ['invalid_request', 'unauthorized', 'internal', 'ledger_unavailable']

/**
 * The error responses of a route: problem details, by status, naming the codes. They are left out of the types of a route:
 * handlers answer what they are for and throw everything else.
 */
export function problems(...codes: readonly ErrorCode[]): Record<never, never> {
  return problemsOf([...everywhere, ...codes])
}

/** The same for a route that anybody may ask and that needs nothing. */
export function problemsOf(codes: readonly ErrorCode[]): Record<never, never> {
  const byStatus = Map.groupBy(new Set(codes), (code) => errorKinds[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${errorKinds[code].title}.`).join(' '),
        content: { [problemType]: { schema: referTo(Problem) } },
      },
    ]),
  )
}

const defaultLimit = 50

/** The part of a list that a query asks for. */
export const pageOf = ({ limit = defaultLimit, after }: PageQuery): { limit: number; after?: string } => ({
  limit,
  ...(after === undefined ? {} : { after }),
})

/** Path parameters of everything below a stream. The pattern is that of names, which ids fit as well. */
export const StreamParams = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$', description: 'Id or name of the stream.', examples: ['madrid-air'] }),
})

export const uuidParams = (what: string) => Type.Object({ id: Type.String({ format: 'uuid', description: `Id of the ${what}.` }) })

const strict = { additionalProperties: false } as const

/** Query of a list, with filters of its own. Closed: a filter with a slip in its name must not answer everything. */
export const listQuery = <P extends Record<string, TSchema>>(filters: P) => Type.Object({ ...PageQuery.properties, ...filters }, strict)
