import { describe, expect, test } from 'vitest'
import { open, startSource } from '../test/source.ts'

const token = 'given-by-the-source-0123456789'

describe('the secrets of one request', () => {
  test('are in none of its facts, and in those of others they are no secrets', async () => {
    await using source = await startSource((request, response) =>
      response.setHeader('x-echo', String(request.headers['x-given'])).end('ok'),
    )
    await using way = open({}, { secrets: ['another-secret'] })
    const ask = (secrets?: readonly string[]) =>
      way.http.request({
        url: source.url(`/?given=${token}`),
        headers: { 'x-given': token },
        ...(secrets === undefined ? {} : { secrets }),
      })
    const { facts, headers } = await ask([token])
    expect(JSON.stringify(facts)).not.toContain(token)
    expect(headers['x-echo']).toBe(token)
    expect(JSON.stringify((await ask()).facts)).toContain(token)
  })

  test('do not follow a redirect to another origin', async () => {
    await using other = await startSource((request, response) => response.end(JSON.stringify(request.headers)))
    await using source = await startSource((_request, response) => response.writeHead(302, { location: other.url('/') }).end())
    await using way = open()
    const answer = await way.http.request({ url: source.url('/'), headers: { 'x-given': token, 'x-other': 'kept' }, secrets: [token] })
    expect(Buffer.from(answer.body).toString()).not.toContain(token)
    expect(Buffer.from(answer.body).toString()).toContain('kept')
  })
})
