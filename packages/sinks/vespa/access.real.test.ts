import { request as ask } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { findVespa, requireServer, startVespa, temporaryFolder } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { openVespa } from './index.ts'
import { makeCertificate } from './test/certificate.ts'
import { doc, never, quick, shape } from './test/played-vespa.ts'
import { storedDocument } from './test/stored.ts'

const folder = await findVespa()
const openssl = await requireServer('openssl')
const applicationPackage = fileURLToPath(new URL('../../../deploy/vespa', import.meta.url))

/** In front of the handler, as the edge of Vespa Cloud is: takes those who show the certificate and the token. */
async function startEdge(
  stack: AsyncDisposableStack,
  handler: string,
  own: { certificate: string; key: string },
  client: string,
  token: string,
) {
  const tls = { cert: own.certificate, key: own.key, ca: client, requestCert: true, rejectUnauthorized: true }
  const edge = createServer(tls, (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      request.resume()
      response.writeHead(403).end()
      return
    }
    const forwarded = ask(new URL(request.url ?? '', handler), { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    forwarded.once('error', () => response.destroy())
    request.pipe(forwarded)
  })
  await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve))
  stack.defer(async () => {
    edge.closeAllConnections()
    await new Promise((resolve) => edge.close(resolve))
  })
  return `https://127.0.0.1:${(edge.address() as AddressInfo).port}`
}

describe.skipIf(folder === undefined || openssl === undefined)('Vespa behind TLS that asks for a certificate and a token', () => {
  it('is fed by who has both, and by nobody else', { timeout: 300_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await startVespa(folder ?? '', applicationPackage))
    const files = stack.use(await temporaryFolder('vespa-access'))
    const [edge, client, stranger] = await Promise.all(
      ['edge', 'client', 'stranger'].map((name) => makeCertificate(openssl as string, files.path, name)),
    )
    if (edge === undefined || client === undefined || stranger === undefined) throw new Error('no certificates')
    const vespaUrl = await startEdge(stack, server.url, edge, client.certificate, 'the-token')
    const access = { ...client, caCertificates: edge.certificate, token: 'the-token' }
    const open = (vespaAccess: object) => openVespa({ ledgerUrl: '', vespaUrl, vespaAccess }, shape, { ...quick, operationMs: 2000 })

    const sink = await open(access)
    stack.defer(() => sink.close())
    const documents = Array.from({ length: 200 }, (_, n) => doc(`quakes:${n}`, 1, { n }))
    expect(await sink.upsert(documents, never)).toEqual([])
    expect((await server.control({})).documents).toBe(200)
    expect(await storedDocument(server.url, shape, documents[0]?.tenant ?? '', 'quakes:7')).toMatchObject({ fields: { n: 7 } })

    const { caCertificates, token } = access
    for (const wrong of [
      { ...access, token: 'another' },
      { caCertificates, token },
      { ...access, ...stranger },
      { ...client, token },
    ])
      await expect(open(wrong)).rejects.toMatchObject({ code: 'sink_unavailable' })
  })
})
