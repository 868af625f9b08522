import { type Clock, type ErrorCode, toWeaverError, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type, { type Static } from 'typebox'
import { problemsOf } from '../answers.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

/** How long a part may take to answer, milliseconds. */
const partMs = 2000

const tags = ['Health']
const open: readonly [] = []

const PartState = Type.Object({
  status: Type.Enum(['up', 'down']),
  code: Type.Optional(Type.String({ description: 'What is wrong.', examples: ['ledger_unavailable'] })),
})

const Readiness = Type.Object({
  status: Type.Enum(['ready', 'unavailable']),
  parts: Type.Object({ ledger: PartState, queue: PartState, store: PartState, documents: PartState }),
})
type Readiness = Static<typeof Readiness>

const liveSchema = {
  operationId: 'live',
  tags,
  security: open,
  summary: 'Whether the process is alive',
  response: { 200: Type.Object({ status: Type.Literal('live') }, { description: 'It is.' }), ...problemsOf(['internal']) },
}

const readySchema = {
  operationId: 'ready',
  tags,
  security: open,
  summary: 'Whether each part can be reached',
  response: {
    200: Type.Unsafe<Readiness>({ ...Readiness, description: 'All parts can be reached.' }),
    503: Type.Unsafe<Readiness>({ ...Readiness, description: 'A part cannot be reached.' }),
    ...problemsOf(['internal']),
  },
}

export const healthRoutes =
  ({ ledger, queue, store, documents, clock }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const look = async (): Promise<Readiness> => {
      const [ledgerState, queueState, storeState, documentsState] = await Promise.all([
        stateOf('ledger_unavailable', clock, () => ledger.ping()),
        stateOf('queue_unavailable', clock, () => queue.ping()),
        stateOf('store_unavailable', clock, (signal) => store.probe(signal)),
        stateOf('sink_unavailable', clock, () => documents.find(tenant, 'ready')),
      ])
      const parts = { ledger: ledgerState, queue: queueState, store: storeState, documents: documentsState }
      return { status: Object.values(parts).every(({ status }) => status === 'up') ? 'ready' : 'unavailable', parts }
    }
    // Anybody may ask, so those who ask at once share one look: asking costs the parts nothing more.
    let looking: Promise<Readiness> | undefined
    const shared = (): Promise<Readiness> => (looking ??= look().finally(() => (looking = undefined)))

    app.get('/health/live', { schema: liveSchema, logLevel: 'warn' }, async () => ({ status: 'live' as const }))

    app.get('/health/ready', { schema: readySchema, logLevel: 'warn' }, async (_request, reply) => {
      const readiness = await shared()
      return await reply
        .code(readiness.status === 'ready' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(readiness)
    })
  }

/** Codes only: what an error says may name hosts, and anybody may ask. */
async function stateOf(late: ErrorCode, clock: Clock, ask: (signal: AbortSignal) => Promise<unknown>): Promise<Static<typeof PartState>> {
  const over = new AbortController()
  const limit = clock.sleep(partMs, over.signal).then(
    () => Promise.reject(new WeaverError(late, `no answer within ${partMs} ms`)),
    () => {},
  )
  try {
    await Promise.race([ask(over.signal), limit])
    return { status: 'up' }
  } catch (error) {
    return { status: 'down', code: toWeaverError(error).code }
  } finally {
    over.abort()
  }
}
