import { request } from 'node:http'
import { WeaverError } from '@data-weaver/contracts'

export interface ApiAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** The supervisor's REST API, as far as the launcher uses it. */
export interface ApiClient {
  /**
   * Answers whatever status came.
   * @throws WeaverError `internal` when no answer came, or the signal's reason.
   */
  call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<ApiAnswer>
}

/** A stop answers when nothing of the stream runs any more, so this is generous. Milliseconds. */
const answerLimitMs = 30_000

export function apiClient(address: string, token: string, signal: AbortSignal): ApiClient {
  return {
    async call(method, path, body) {
      try {
        const { status, text } = await exchange(new URL(path, address), method, token, body, signal)
        return { status, body: text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>) }
      } catch (cause) {
        signal.throwIfAborted()
        throw new WeaverError('internal', `The supervisor did not answer ${method} ${path}.`, { cause })
      }
    },
  }
}

function exchange(url: URL, method: string, token: string, body: unknown, signal: AbortSignal): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers = { authorization: `Bearer ${token}`, ...(payload === undefined ? {} : { 'content-type': 'application/json' }) }
    const asking = request(url, { method, headers, signal, timeout: answerLimitMs }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.on('error', reject)
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')))
    asking.on('error', reject)
    asking.end(payload)
  })
}
