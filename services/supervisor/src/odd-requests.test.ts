import { errorKinds } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Api, httpStream, startApi } from '../test/harness.ts'
import { documentation } from '../test/documented.ts'
import { chances, type DescribedOperation, type OddRequest, OddRequests } from '../test/odd-requests.ts'

/** They answer for as long as the client listens. */
const endless = new Set(['streamEvents', 'followDocuments'])
/** Each is a set of requests of its own, the same every time. Those here found something once, or reach far. */
const seeds = [1, 2, 121, 158]
const rounds = 12

let api: Api
let document: { readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>> }
let known: string[]
beforeAll(async () => {
  api = await startApi()
  document = api.app.swagger() as unknown as typeof document
  const made = await api.call('POST', '/v1/streams', httpStream('known'))
  await api.call('POST', '/v1/streams/known/start')
  const triggered = await api.call('POST', '/v1/streams/known/trigger')
  known = ['known', made.json.id, triggered.json.id]
})
afterAll(() => api[Symbol.asyncDispose]())

describe('requests that are almost right', () => {
  it.each(seeds)('are answered or refused with a code, never with a failure (seed %i)', { timeout: 120_000 }, async (seed) => {
    const requests = new OddRequests(document, chances(seed), known)
    const mismatch = documentation(api.app)
    const wrong: string[] = []
    const accepted = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      for (const [path, methods] of Object.entries(document.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
          if (endless.has(operation.operationId)) continue
          const request = requests.request(method.toUpperCase(), path, operation)
          const problem = await problemOf(request, mismatch, () => accepted.add(operation.operationId))
          if (problem !== undefined) wrong.push(`${problem}\n    ${JSON.stringify(request).slice(0, 2000)}`)
        }
      }
    }
    expect(wrong).toEqual([])
    // Requests that are all refused at the door would find nothing.
    expect(accepted.size).toBeGreaterThan(20)
  })
})

async function problemOf(
  request: OddRequest,
  mismatch: ReturnType<typeof documentation>,
  onAccepted: () => void,
): Promise<string | undefined> {
  const response = await api.app.inject({
    method: request.method as 'GET',
    url: request.url,
    headers: { authorization: `Bearer ${adminToken}`, ...request.headers },
    ...(request.body === undefined ? {} : { payload: request.body }),
  })
  const { statusCode: status, body: text } = response
  const differs = mismatch(request.method, request.url, { status, headers: response.headers as Record<string, string>, text })
  if (differs !== undefined) return differs
  if (status < 400) {
    onAccepted()
    return undefined
  }
  const { code, detail } = JSON.parse(text) as { code?: string; detail?: string }
  const kind = Object.entries(errorKinds).find(([name]) => name === code)?.[1]
  if (kind === undefined) return `${status} without a code of the table: ${text}`
  if (status >= 500 && kind.origin !== 'source') return `failed: ${text}`
  return detail === undefined || detail === '' ? `${status} without a detail: ${text}` : undefined
}
