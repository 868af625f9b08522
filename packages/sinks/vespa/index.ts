import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { rootCertificates } from 'node:tls'
import { type JsonObject, type Sink, type SinkKind, systemClock, WeaverError } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import { Pool } from 'undici'
import type { Connections } from './exchange.ts'
import { Feeder, type FeederLimits, type FeederStatistics, unavailable } from './feeder.ts'
import { checkSchema } from './schema-check.ts'
import { upsertBatch } from './upsert.ts'
import { defaultWindow } from './window.ts'

const FieldName = Type.String({ minLength: 1, maxLength: 256 })

const options = Type.Object(
  {
    documentType: Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
      description: 'Document type of the application package. Its schema inherits `weaver`.',
      examples: ['earthquake'],
      default: 'weaver',
    }),
    namespace: Type.String({
      pattern: '^[A-Za-z0-9_-]{1,64}$',
      description: 'Namespace of the document ids.',
      examples: ['weaver'],
      default: 'weaver',
    }),
    fields: Type.Record(
      Type.String({ pattern: '^(?!weaver_)[A-Za-z_][A-Za-z0-9_]{0,127}$' }),
      Type.Union([
        FieldName,
        Type.Object(
          { lat: FieldName, lng: FieldName },
          { additionalProperties: false, description: 'The two fields that make a position.' },
        ),
      ]),
      {
        additionalProperties: false,
        description:
          'By name of the Vespa field, the field of the document that it is filled from. All fields are kept as JSON in any case.',
        examples: [{ title: 'title', location: { lat: 'latitude', lng: 'longitude' } }],
        default: {},
      },
    ),
  },
  { additionalProperties: false },
)

export interface VespaLimits extends FeederLimits {
  /** Longest time that a batch may take, milliseconds. */
  readonly batchMs: number
}

/** A batch takes less than the 15 s after which a delivery is looked after by somebody else. */
export const defaultLimits: VespaLimits = {
  operationMs: 5000,
  graceMs: 2000,
  attempts: 6,
  timeouts: 3,
  firstBackoffMs: 50,
  longestBackoffMs: 5000,
  pauseMs: 30_000,
  batchMs: 12_000,
  window: defaultWindow,
}

export interface VespaSink extends Sink {
  statistics(): FeederStatistics
}

/** Documents in Vespa, through its document API. */
export const vespa: SinkKind<VespaSink> = {
  id: 'vespa',
  summary: 'Documents in Vespa, for search by text, vector, position and anything else.',
  options,
  example: { documentType: 'earthquake', namespace: 'weaver', fields: { title: 'title', location: { lat: 'latitude', lng: 'longitude' } } },
  needs: { part: 'vespaUrl', setting: 'WEAVER_VESPA_URL' },
  open: (environment, given) => openVespa(environment, given, defaultLimits),
}

/** Opens the sink with limits of one's own. @throws WeaverError `invalid_settings`, `sink_unavailable`. */
export async function openVespa(
  { vespaUrl, vespaAccess = {}, clock = systemClock, random = cryptoRandom }: Parameters<SinkKind['open']>[0],
  given: JsonObject,
  limits: VespaLimits,
): Promise<VespaSink> {
  if (vespaUrl === undefined) {
    const problem = {
      field: 'WEAVER_VESPA_URL',
      problem: 'is not set',
      hint: 'The stream has a vespa sink: set it to the address of Vespa, for all processes.',
    }
    throw new WeaverError('invalid_settings', `${problem.field} ${problem.problem}. ${problem.hint}`, { errors: [problem] })
  }
  const shape = given as unknown as Static<typeof options>
  const { token, certificate, key, caCertificates } = vespaAccess
  const pool = new Pool(new URL(vespaUrl).origin, {
    connections: limits.window.most,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 30_000,
    connect: {
      timeout: limits.operationMs,
      ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
      ...(caCertificates === undefined ? {} : { ca: [...rootCertificates, caCertificates] }),
    },
  })
  const connections = token === undefined ? pool : withToken(pool, token)
  try {
    await checkSchema(connections, shape, clock, limits)
  } catch (error) {
    await pool.destroy()
    throw error
  }
  const feeder = new Feeder({ pool: connections, clock, random, limits })
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const parts = { feeder, shape, clock, batchMs: limits.batchMs, operationMs: limits.operationMs, closing: closing.signal }
  return {
    upsert: (batch, signal) => upsertBatch(parts, batch, signal),
    statistics: () => feeder.statistics(),
    async close() {
      closing.abort(unavailable('is no longer fed: the sink was closed'))
      await pool.destroy()
    },
  }
}

/** Sends the token along with every request. */
const withToken = (pool: Pool, token: string): Connections =>
  pool.compose((dispatch) => {
    const authorization = `Bearer ${token}`
    // Headers are plain objects here: ours.
    return (request, handler) =>
      dispatch({ ...request, headers: { ...(request.headers as Record<string, string>), authorization } }, handler)
  })

/** For back-offs; nothing here needs to be unpredictable, only unlike in other processes. */
const cryptoRandom = (): number => randomBytes(4).readUInt32LE() / 2 ** 32
