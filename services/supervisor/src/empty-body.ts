import type { preValidationHookHandler } from 'fastify'

/** A body that may be left out altogether counts as an empty object. */
export const emptyBody: preValidationHookHandler = (request, _reply, done) => {
  if (request.body === undefined || request.body === null) request.body = {}
  done()
}
