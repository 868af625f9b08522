import { createHash } from 'node:crypto'
import { type Answer, type RecordedRequest, sourceServer, type SourceServer } from '@data-weaver/testkit'

export interface PlayedEmbeddings extends AsyncDisposable {
  readonly server: SourceServer
  /** The whole address of the endpoint. */
  readonly url: string
  /** Texts that were asked for, request by request. */
  asked(): readonly (readonly string[])[]
  /** What is answered instead, by the index of the request from 0 on; undefined: vectors. */
  fault(fault: (texts: readonly string[], index: number) => Answer | undefined): void
}

/** The vector that a text has here: numbers that every float can hold. */
export function vectorOf(text: string, length: number): number[] {
  const hash = createHash('sha256').update(text).digest()
  return Array.from({ length }, (_, at) => ((hash[at % hash.length] ?? 0) - 128) / 64)
}

/** A server that behaves as OpenAI's `/v1/embeddings` does: its requests, its answers, its errors. */
export async function playEmbeddings(length: number): Promise<PlayedEmbeddings> {
  let fault: (texts: readonly string[], index: number) => Answer | undefined = () => undefined
  let index = 0
  const textsOf = ({ body }: RecordedRequest) => (JSON.parse(body) as { input: string[] }).input
  const server = await sourceServer((request) => {
    if (request.method !== 'POST' || request.path !== '/v1/embeddings') return { status: 404, body: refusal('not found', 'not_found') }
    if (request.headers.authorization !== 'Bearer the-key')
      return { status: 401, body: refusal('Incorrect API key provided', 'invalid_api_key') }
    const { model, input, dimensions = length } = JSON.parse(request.body) as { model: string; input: string[]; dimensions?: number }
    const data = input.map((text, at) => ({ object: 'embedding', index: at, embedding: vectorOf(text, dimensions) }))
    return (
      fault(input, index++) ?? { body: { object: 'list', model, data: data.toReversed(), usage: { prompt_tokens: 1, total_tokens: 1 } } }
    )
  })
  return {
    server,
    url: `${server.url}/v1/embeddings`,
    asked: () => server.requests.map(textsOf),
    fault(next) {
      fault = next
      index = 0
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

export const refusal = (message: string, code: string) => ({ error: { message, type: 'invalid_request_error', param: null, code } })
