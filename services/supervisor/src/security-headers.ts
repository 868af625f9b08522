import type { FastifyInstance } from 'fastify'

/** What every answer says to a browser. Pages have a policy of their own; data is never a page. */
const always: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

const dataPolicy = "default-src 'none'; frame-ancestors 'none'"

export function securityHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    reply.headers({ ...always, 'x-request-id': request.id })
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', dataPolicy)
    if (!reply.hasHeader('cache-control') && request.url.startsWith('/v1/')) reply.header('cache-control', 'no-store')
    return payload
  })
}

/** The same for an answer that is written past the framework. */
export const rawSecurityHeaders = (requestId: string): Readonly<Record<string, string>> => ({
  ...always,
  'x-request-id': requestId,
  'content-security-policy': dataPolicy,
})
