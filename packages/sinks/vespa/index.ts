import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import {
  type FieldProblem,
  type JsonObject,
  type Sink,
  type SinkKind,
  type SinkStatistics,
  systemClock,
  WeaverError,
} from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import { openConnections } from './connections.ts'
import type { DocumentShape } from './document.ts'
import { Embedder } from './embedding/embedder.ts'
import { defaultEmbeddingLimits, EmbeddingEndpoint, type EmbeddingLimits } from './embedding/endpoint.ts'
import { forgetStream } from './forget.ts'
import { Feeder, type FeederLimits, unavailable } from './feeder.ts'
import { blockLength } from './fields/field-type.ts'
import { compileMapping, type FieldSource, FieldSources, mappingProblems } from './mapping.ts'
import { RateMeter } from './rate.ts'
import { openReader } from './search.ts'
import { checkSchema } from './schema-check.ts'
import { openVisitor } from './visit.ts'
import { upsertBatch } from './upsert.ts'
import { defaultWindow } from './window.ts'

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
    fields: FieldSources,
    embedding: Type.Optional(
      Type.Object(
        {
          model: Type.String({
            minLength: 1,
            maxLength: 256,
            description: 'Model that embeds texts, as the endpoint of WEAVER_EMBEDDING_URL calls it.',
            examples: ['text-embedding-3-small'],
          }),
          shorten: Type.Optional(
            Type.Boolean({
              description:
                'Asks the model for vectors as long as the field, which not every model can give (`dimensions`). Default: false.',
            }),
          ),
          batch: Type.Optional(Type.Integer({ minimum: 1, maximum: 2048, description: 'Texts in one request at most. Default: 64.' })),
        },
        { additionalProperties: false, description: 'How the texts of embedded fields become vectors.' },
      ),
    ),
    http2: Type.Optional(
      Type.Boolean({
        description:
          'Feeds over HTTP/2: a few connections that operations share, for long round trips. Default: false, a pool of HTTP/1.1 connections.',
      }),
    ),
  },
  { additionalProperties: false },
)
type Options = Static<typeof options>

export interface VespaLimits extends FeederLimits {
  /** Longest time that a batch may take, milliseconds. */
  readonly batchMs: number
  /** The same for a batch with texts to embed. */
  readonly embeddedBatchMs: number
  readonly embedding: EmbeddingLimits
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
  // Who carries deliveries for longer than a moment says so again and again, so this is only the end of patience.
  embeddedBatchMs: 60_000,
  embedding: defaultEmbeddingLimits,
  window: defaultWindow,
}

export interface VespaSink extends Sink {
  statistics(): SinkStatistics
}

/** Documents in Vespa, through its document API. */
export const vespa: SinkKind<VespaSink> = {
  id: 'vespa',
  summary: 'Documents in Vespa, for search by text, vector, position and anything else.',
  options,
  example: { documentType: 'earthquake', namespace: 'weaver', fields: { title: 'title', location: { lat: 'latitude', lng: 'longitude' } } },
  needs: { part: 'vespaUrl', setting: 'WEAVER_VESPA_URL' },
  check: checkOptions,
  open: (environment, given) => openVespa(environment, given, defaultLimits),
  read: openReader,
}

type Environment = Parameters<SinkKind['open']>[0]

/** What the schema of the options cannot say: types, embedding, and whether it fits the schema that is deployed. */
function checkOptions(given: JsonObject, environment: Partial<Environment>, field: string): readonly FieldProblem[] {
  const { documentType, fields, embedding } = given as unknown as Options
  const { vespaSchemas } = environment
  const schema = vespaSchemas?.get(documentType)
  const problems: FieldProblem[] = []
  if (vespaSchemas !== undefined && schema === undefined) {
    const hint = `There are ${[...vespaSchemas.keys()].toSorted().join(', ')}.`
    problems.push({
      field: `${field}.documentType`,
      problem: `is "${documentType}", which the deployed application package does not have`,
      hint,
    })
  } else if (schema !== undefined && documentType !== 'weaver' && !schema.inherits.includes('weaver')) {
    const hint = `Write: document ${documentType} inherits weaver.`
    problems.push({ field: `${field}.documentType`, problem: `is "${documentType}", whose schema does not inherit weaver`, hint })
  }
  problems.push(...mappingProblems(fields, { schema, embeds: embedding !== undefined, field: `${field}.fields` }))
  if (embedding !== undefined && environment.embedding === undefined) {
    const hint = 'Set it for all supervisors and workers, to the address of an endpoint with the interface of /v1/embeddings.'
    problems.push({ field: `${field}.embedding`, problem: 'needs the setting WEAVER_EMBEDDING_URL, which is not set', hint })
  }
  return problems
}

/** Opens the sink with limits of one's own. @throws WeaverError `invalid_settings`, `sink_unavailable`. */
export async function openVespa(environment: Environment, given: JsonObject, limits: VespaLimits): Promise<VespaSink> {
  const { vespaUrl, vespaAccess = {}, clock = systemClock, random = cryptoRandom } = environment
  if (vespaUrl === undefined)
    throw notSet('WEAVER_VESPA_URL', 'The stream has a vespa sink: set it to the address of Vespa, for all processes.')
  const { http2 = false, ...shaped } = given as unknown as Options
  const shape = shapeOf(shaped, environment)
  const { connections, destroy } = openConnections(vespaUrl, vespaAccess, {
    most: limits.window.most,
    connectMs: limits.operationMs,
    http2,
  })
  let embedder: Embedder | undefined
  try {
    embedder = openEmbedder(shaped, shape, environment, limits)
    await checkSchema(connections, shape, clock, limits)
  } catch (error) {
    await Promise.all([destroy(), embedder?.close(error)])
    throw error
  }
  const feeder = new Feeder({ pool: connections, clock, random, limits })
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const batchMs = embedder === undefined ? limits.batchMs : limits.embeddedBatchMs
  const parts = { feeder, shape, clock, batchMs, operationMs: limits.operationMs, embedder, closing: closing.signal }
  const rate = new RateMeter(clock)
  const counts = { documents: 0, rejected: 0 }
  return {
    async upsert(batch, signal) {
      const rejections = await upsertBatch(parts, batch, signal)
      counts.rejected += rejections.length
      counts.documents += batch.length - rejections.length
      rate.add(batch.length - rejections.length)
      return rejections
    },
    async forget(stream, signal) {
      const visitor = openVisitor(environment)
      try {
        return await forgetStream(visitor, shape, stream, (batch) => upsertBatch(parts, batch, signal), signal)
      } finally {
        await visitor.close()
      }
    },
    statistics: () => ({
      ...counts,
      documentsPerSecond: rate.perSecond,
      ...feeder.statistics(),
      ...(embedder === undefined ? {} : { embedding: embedder.statistics() }),
    }),
    async close() {
      const reason = unavailable('is no longer fed: the sink was closed')
      closing.abort(reason)
      await Promise.all([destroy(), embedder?.close(reason)])
    },
  }
}

/** Versions from before the application package was known may not fit it any more: what they say counts then. */
function shapeOf(
  { documentType, namespace, fields }: Pick<Options, 'documentType' | 'namespace' | 'fields'>,
  { vespaSchemas }: Environment,
): DocumentShape {
  const sources: Readonly<Record<string, FieldSource>> = fields
  return { documentType, namespace, mapping: compileMapping(sources, vespaSchemas?.get(documentType)) }
}

/** @throws WeaverError `invalid_settings` when a field is embedded and the process does not know where */
function openEmbedder(
  { embedding }: Pick<Options, 'embedding'>,
  { mapping }: DocumentShape,
  { embedding: access, clock = systemClock, random = cryptoRandom }: Environment,
  limits: VespaLimits,
): Embedder | undefined {
  const [first] = mapping.embedded
  if (first === undefined) return undefined
  if (access === undefined || embedding === undefined)
    throw notSet('WEAVER_EMBEDDING_URL', 'The stream has a vespa sink that embeds texts: set it for all processes.')
  const own = { ...limits.embedding, texts: embedding.batch ?? limits.embedding.texts }
  const endpoint = new EmbeddingEndpoint({ access, clock, random, limits: own })
  const lengths = new Set(mapping.embedded.map(({ type }) => blockLength(type)))
  const dimensions = embedding.shorten === true && lengths.size === 1 ? blockLength(first.type) : undefined
  return new Embedder(endpoint, { name: embedding.model, dimensions }, own)
}

function notSet(field: string, hint: string): WeaverError {
  const problem = { field, problem: 'is not set', hint }
  return new WeaverError('invalid_settings', `${problem.field} ${problem.problem}. ${problem.hint}`, { errors: [problem] })
}

/** For back-offs; nothing here needs to be unpredictable, only unlike in other processes. */
const cryptoRandom = (): number => randomBytes(4).readUInt32LE() / 2 ** 32
