import { request } from 'undici'

export interface Answer<T = Record<string, unknown>> {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: T
  readonly text: string
}

export interface Api {
  call<T = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>
  get<T = Record<string, unknown>>(path: string): Promise<T>
  post<T = Record<string, unknown>>(path: string, body?: unknown): Promise<T>
  bytes(path: string): Promise<Buffer>
}

/** The REST API as a user calls it. `get` and `post` expect success; `call` answers whatever came. */
export function apiAt(address: string, token: string): Api {
  const send = async (
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    return await request(new URL(path, address), {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
  const call: Api['call'] = async <T>(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => {
    const response = await send(method, path, body, headers)
    const text = await response.body.text()
    const json = /json/.test(String(response.headers['content-type'])) && text !== '' ? JSON.parse(text) : {}
    return { status: response.statusCode, headers: response.headers, body: json as T, text }
  }
  const succeed = async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
    const answer = await call<T>(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  return {
    call,
    get: (path) => succeed('GET', path),
    post: (path, body) => succeed('POST', path, body),
    async bytes(path) {
      const response = await send('GET', path)
      return Buffer.from(await response.body.arrayBuffer())
    },
  }
}
