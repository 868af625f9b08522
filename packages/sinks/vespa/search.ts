import type { DocumentQuery, DocumentReader, JsonObject, SinkEnvironment, StoredDocument } from '@data-weaver/contracts'
import { WeaverError } from '@data-weaver/contracts'
import { openConnections } from './connections.ts'
import { documentPath, type DocumentPlace } from './document.ts'
import { exchange, LostConnection, type Request } from './exchange.ts'
import { messageOf, unavailable } from './feeder.ts'

/** Longest time for one answer, milliseconds, and its length, bytes. */
const answerMs = 5000
const mostBytes = 32 * 2 ** 20
/** Hits that Vespa gives by default, in one answer and in all. */
const mostHits = 400
const mostInAll = 1000

/** What a query asks of Vespa: the text is made of constants and numbers only, all else are parameters beside it. */
export interface VespaQuery {
  readonly yql: string
  readonly hits: number
  readonly offset: number
  readonly [parameter: string]: string | number
}

/** A search as Vespa's query language. What was typed is a parameter, so it cannot become a part of the query. */
export function toYql({ documentType }: DocumentPlace, query: DocumentQuery): VespaQuery {
  const { tenant, q, stream, result, from, until, limit, after } = query
  const where = ['weaver_tenant contains @tenant', 'weaver_deleted = false']
  const parameters: Record<string, string> = { tenant }
  const equal = (field: string, name: string, value: string | undefined) => {
    if (value === undefined) return
    where.push(`${field} contains @${name}`)
    parameters[name] = value
  }
  equal('weaver_stream', 'stream', stream)
  equal('weaver_result_id', 'result', result)
  if (from !== undefined) where.push(`weaver_written_at >= ${Math.ceil(Date.parse(from) / 1000)}`)
  if (until !== undefined) where.push(`weaver_written_at <= ${Math.floor(Date.parse(until) / 1000)}`)
  const words = q?.trim() ?? ''
  if (words !== '') {
    where.push('({grammar: "web", defaultIndex: "default"}userInput(@words))')
    parameters['words'] = words
  }
  const order = words === '' ? ' order by weaver_seq desc' : ''
  return {
    yql: `select * from sources * where ${where.join(' and ')}${order}`,
    ...parameters,
    'model.restrict': documentType,
    hits: Math.min(limit, mostHits),
    offset: offsetOf(after),
    timeout: `${answerMs}ms`,
  }
}

function offsetOf(after: string | undefined): number {
  if (after === undefined) return 0
  const offset = /^\d{1,4}$/.test(after) ? Number(after) : mostInAll
  if (offset < mostInAll) return offset
  const problem = 'is not a cursor of this list'
  throw new WeaverError('invalid_request', `after ${problem}`, {
    errors: [{ field: 'after', problem, hint: 'Pass the `next` of the page before, unchanged.' }],
  })
}

/** Documents in Vespa, read back through its query and document APIs. @throws WeaverError `invalid_settings` when it is not known where Vespa is */
export function openReader({ vespaUrl, vespaAccess = {} }: Partial<SinkEnvironment>): DocumentReader {
  if (vespaUrl === undefined) throw new WeaverError('invalid_settings', 'WEAVER_VESPA_URL is not set')
  const { connections, destroy } = openConnections(vespaUrl, vespaAccess, { most: 16, connectMs: answerMs, http2: false })
  const ask = async (request: Request, signal: AbortSignal) => {
    const reply = await exchange(connections, { ...request, mostBytes }, answerMs + 1000, signal)
    if (reply instanceof LostConnection) throw unavailable(`cannot be asked (${reply.code})`)
    return reply
  }
  return {
    async search(options, query, signal) {
      const asked = toYql(placeOf(options), query)
      const reply = await ask({ method: 'POST', path: '/search/', body: () => JSON.stringify(asked), reads: true }, signal)
      const { root } = parsed(reply.body)
      const [error] = root?.errors ?? []
      const said = error?.message ?? error?.summary ?? messageOf(reply, '')
      if (reply.status === 400) {
        const problem = `cannot be searched for in Vespa: ${said}`
        throw new WeaverError('invalid_request', `q ${problem}`, {
          errors: [{ field: 'q', problem, hint: 'The schema needs a `fieldset default` with the fields to search.' }],
        })
      }
      if (reply.status !== 200 || error !== undefined)
        throw unavailable(`cannot be searched (${reply.status}${said === '' ? '' : `: ${said}`})`)
      const items = (root?.children ?? []).flatMap(({ fields }) => toStored(fields) ?? [])
      const next = asked.offset + asked.hits
      const more = next < Math.min(root?.fields?.totalCount ?? 0, mostInAll)
      return { items, next: more ? String(next) : null }
    },
    async find(options, tenant, id, signal) {
      const place = placeOf(options)
      const reply = await ask({ method: 'GET', path: documentPath(place, { tenant, id }) }, signal)
      if (reply.status === 404) return undefined
      if (reply.status !== 200) throw unavailable(`cannot be read (${reply.status}${messageOf(reply, ': ')})`)
      const { fields } = parsed(reply.body)
      return fields?.['weaver_deleted'] === true ? undefined : toStored(fields)
    },
    close: destroy,
  }
}

/** The options were checked when the stream was made. */
const placeOf = (options: JsonObject): DocumentPlace => ({ documentType: 'weaver', namespace: 'weaver', ...options })

type Fields = Readonly<Record<string, unknown>>

interface Answer {
  readonly fields?: Fields
  readonly root?: {
    readonly fields?: { readonly totalCount?: number }
    readonly children?: readonly { readonly fields?: Fields }[]
    readonly errors?: readonly { readonly message?: string; readonly summary?: string }[]
  }
}

function parsed(body: string): Answer {
  try {
    return JSON.parse(body) as Answer
  } catch {
    throw unavailable('answered with something that is no JSON')
  }
}

/** A document as the API answers it; undefined when Data Weaver did not write it. */
function toStored(found: Fields | undefined): StoredDocument | undefined {
  const valueOf = <T extends string | number>(name: string, none: T): T => {
    const value = found?.[`weaver_${name}`]
    return typeof value === typeof none ? (value as T) : none
  }
  const text = (name: string): string => valueOf(name, '')
  const number = (name: string): number => valueOf(name, 0)
  const fields = jsonOf(found?.['weaver_fields'])
  if (text('id') === '' || fields === undefined) return undefined
  return {
    id: text('id'),
    stream: text('stream'),
    seq: number('seq'),
    fields,
    lineage: {
      resultId: text('result_id'),
      record: number('record'),
      runId: text('run_id'),
      streamId: text('stream_id'),
      streamVersion: number('stream_version'),
      transformVersion: number('transform_version'),
    },
    changedAt: new Date(number('written_at') * 1000).toISOString(),
    revision: null,
  }
}

function jsonOf(text: unknown): JsonObject | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    return undefined
  }
}
