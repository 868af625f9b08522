import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { Result, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { nothing, one, problems, uuidParams } from '../answers.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Results']

const getSchema = {
  operationId: 'getResult',
  tags,
  summary: 'Show a result',
  description: 'The reference to a stored response: request, response, and its way to each sink.',
  params: uuidParams('result'),
  response: { 200: one(Result, 'The result with its deliveries.'), ...problems('not_found') },
}

const bodySchema = {
  operationId: 'getResultBody',
  tags,
  summary: 'Get the raw bytes of a result',
  description:
    'Byte for byte as the source sent them (after content decoding), with the content type it gave. Checked against the SHA-256 of the result, above 8 MiB while it is sent: then a body that is damaged breaks off. ' +
    'With `redirect=1`, and when the object store is set up for it, the answer is a redirection to the store, for a few minutes and without a token: ' +
    'what it sends is not checked, and what it has compressed it sends with `Content-Encoding: zstd`.',
  params: uuidParams('result'),
  querystring: Type.Object({
    redirect: Type.Optional(Type.Enum(['0', '1'], { description: '`1`: from the store itself, when it can be.', examples: ['1'] })),
  }),
  headers: Type.Object({
    'if-none-match': Type.Optional(Type.String({ maxLength: 1024, description: 'The ETag of what is known already.' })),
  }),
  response: {
    200: {
      description: 'The bytes.',
      content: {
        '*/*': {
          schema: Type.Unsafe<Buffer | Readable>({
            type: 'string',
            contentMediaType: 'application/octet-stream',
            description: 'Raw bytes.',
          }),
        },
      },
    },
    302: nothing('The address at the object store is in `Location`.'),
    304: nothing('What is known already is right: bytes never change.'),
    ...problems('not_found', 'object_missing', 'object_expired', 'object_corrupt', 'store_unavailable'),
  },
}

/** Bodies up to this size are read and checked before the answer begins, bytes; larger ones while they are sent. */
const heldBytes = 8 * 1024 * 1024

/** How long an address at the object store is good, seconds. */
const linkSeconds = 300

/** Stored pages come from anywhere: a browser must save them, never show them, and run nothing in them. */
const inert = {
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'private, no-cache',
}

export const resultRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { ledger, store } = parts

    app.get('/v1/results/:id', { schema: getSchema }, async (request) => await ledger.history.result(tenant, request.params.id))

    app.get('/v1/results/:id/body', { schema: bodySchema }, async (request, reply) => {
      const { key, sha256, size, contentType, expired } = await ledger.history.result(tenant, request.params.id)
      if (expired)
        throw new WeaverError('object_expired', 'the stream keeps raw responses for a while only, and the time of this one is over')
      const etag = `"${sha256}"`
      reply.headers({ ...inert, etag })
      if (names(request.headers['if-none-match'], etag)) return await reply.code(304).send(undefined)
      const fileName = key.slice(key.lastIndexOf('/') + 1)
      if (request.query.redirect === '1' && store.link !== undefined) {
        const address = store.link(key, { expiresIn: linkSeconds, fileName })
        // Whoever has the address has the bytes: it must lie in no cache.
        return await reply.header('cache-control', 'no-store').redirect(address, 302)
      }
      const signal = parts.untilGone(reply)
      const type = printable.test(contentType) ? contentType : 'application/octet-stream'
      if (size > heldBytes) {
        const { pieces } = await store.getStream(key, signal)
        reply.headers({ 'content-disposition': `attachment; filename="${fileName}"`, 'content-length': size })
        return await reply.type(type).send(Readable.from(checked(pieces, key, sha256), { objectMode: false }))
      }
      const body = await store.get(key, signal)
      if (createHash('sha256').update(body).digest('hex') !== sha256) throw corrupt(key)
      reply.header('content-disposition', `attachment; filename="${fileName}"`)
      return await reply.type(type).send(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
    })
  }

/** Whoever reads to the end without an error has what was stored; what is not that breaks off before its last byte. */
async function* checked(pieces: AsyncIterable<Uint8Array>, key: string, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let last: Uint8Array | undefined
  for await (const piece of pieces) {
    if (last !== undefined) yield last
    hash.update(piece)
    last = piece
  }
  if (hash.digest('hex') !== sha256) throw corrupt(key)
  if (last !== undefined) yield last
}

const corrupt = (key: string): WeaverError =>
  new WeaverError('object_corrupt', `what is stored at "${key}" is not what was stored there: its SHA-256 differs from that of the result`)

const printable = /^[\x21-\x7e][\x20-\x7e]*$/

const names = (header: string | undefined, etag: string): boolean =>
  header !== undefined && header.split(',').some((part) => [etag, `W/${etag}`, '*'].includes(part.trim()))
