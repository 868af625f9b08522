import { createHmac } from 'node:crypto'
import type { KeptAnswer } from '@data-weaver/ledger'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { type SupervisorParts, tenant } from './parts.ts'

export const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description:
        'Any text of your own, 1-255 characters. The same request with the same key is answered once and has its effect once, for a day.',
      examples: ['8f14e45f-ceea-467f-a0e6-c2f2a0a4b1d9'],
    }),
  ),
})

/** Headers of an answer that are kept with it. */
const keptHeaders = ['content-type', 'etag', 'location'] as const

/**
 * Answers creating calls once per `Idempotency-Key`. Only an answer that made something is kept: one that refused has changed
 * nothing, so its key is free for the corrected request.
 */
export function idempotency(app: FastifyInstance, { ledger, adminToken, log }: Pick<SupervisorParts, 'ledger' | 'adminToken' | 'log'>) {
  const taken = new WeakMap<FastifyRequest, string>()

  app.addHook('onSend', async (request, reply, payload) => {
    const key = taken.get(request)
    if (key === undefined) return payload
    taken.delete(request)
    try {
      const done = reply.statusCode < 300 && typeof payload === 'string'
      if (done) await ledger.idempotency.keep(tenant, key, answerOf(reply, payload))
      else await ledger.idempotency.drop(tenant, key)
    } catch (error) {
      log.warn({ err: error }, 'answer could not be kept for its idempotency key')
    }
    return payload
  })

  /** For `preHandler`: after validation, so that a request that says nothing takes no key. */
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string') return undefined
    const kept = await ledger.idempotency.begin(tenant, key, fingerprint(adminToken, request))
    if (kept !== undefined) return replay(kept, reply)
    taken.set(request, key)
    return undefined
  }
}

/** Keyed, because bodies hold secrets: from a plain hash a short one could be guessed. */
const fingerprint = (adminToken: string, { method, url, body }: FastifyRequest): string =>
  createHmac('sha256', adminToken)
    .update(JSON.stringify(['idempotency', method, url, body ?? null]))
    .digest('hex')

function answerOf(reply: FastifyReply, body: string): KeptAnswer {
  const headers = Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = reply.getHeader(name)
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
  return { status: reply.statusCode, headers, body }
}

function replay({ status, headers, body }: KeptAnswer, reply: FastifyReply): FastifyReply {
  return reply.code(status).headers(headers).header('idempotency-replayed', 'true').send(body)
}
