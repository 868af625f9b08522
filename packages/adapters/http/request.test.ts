import { describe, expect, it } from 'vitest'
import { requestPlan } from './request.ts'
import type { PartitionRequest } from './schema/request.ts'

const surroundings = { values: { team: 'a/b', host: 'api.example.com:8443', n: 7 }, ownQuery: 'key', accept: 'application/json' }
const scope = { cursor: '2026-01-01T00:00:00+01:00', partition: { id: 'ç/d?', n: 5 } }
const plan = (request: PartitionRequest) => requestPlan(request, surroundings)
const address = (request: PartitionRequest) => plan(request).address({ at: undefined, parameters: [], scope }).href
const body = (request: PartitionRequest, parameters: { name: string; value: string | number; into: 'body' }[] = []) =>
  plan({ url: 'https://a.example', method: 'POST', ...request }).body({ at: undefined, parameters, scope })

describe('an address', () => {
  it.each([
    [{ url: 'https://{{config.host}}/{{config.team}}/{{partition.id}}' }, 'https://api.example.com:8443/a/b/%C3%A7%2Fd%3F'],
    [
      { base: 'https://{{config.host}}/v1/', path: '/{{config.team}}/{{partition.id}}' },
      'https://api.example.com:8443/v1/a%2Fb/%C3%A7%2Fd%3F',
    ],
    [{ base: 'https://a.example/v1' }, 'https://a.example/v1'],
    [
      { url: 'https://a.example/?x=1&since=0', query: { since: '{{cursor}}', n: 1.5 } },
      'https://a.example/?x=1&since=2026-01-01T00%3A00%3A00%2B01%3A00&n=1.5',
    ],
    [{ url: 'https://a.example/?key=mine&x=%20+#part' }, 'https://a.example/?x=%20+'],
  ])('is made from %j', (request, expected) => {
    expect(address(request)).toBe(expected)
  })

  it('has its origin from what never changes', () => {
    expect(plan({ url: 'https://{{config.host}}/{{partition.id}}' }).origin).toBe('https://api.example.com:8443')
  })

  it('leaves out what stands for nothing yet', () => {
    const request = plan({ url: 'https://a.example/', query: { since: '{{cursor}}', of: 'x{{cursor}}', page: 1 } })
    expect(request.address({ at: undefined, parameters: [], scope: { cursor: undefined, partition: {} } }).href).toBe(
      'https://a.example/?page=1',
    )
  })
})

describe('a body', () => {
  it('is JSON, in which a text that is a placeholder becomes the value', () => {
    expect(body({ body: { n: '{{partition.n}}', t: 'n {{partition.n}}/{{ config.n }}', list: [1, '{{config.n}}', null] } })).toEqual({
      text: '{"n":5,"t":"n 5/7","list":[1,7,null]}',
      type: 'application/json',
    })
  })

  it('takes parameters at their path, and stays as it is for the next request', () => {
    const configured = { body: { query: { size: 1, keep: true }, list: [{ at: 1 }] } }
    const parameters = [
      { name: 'query.size', value: 50, into: 'body' as const },
      { name: 'list.0.at', value: 'x', into: 'body' as const },
      { name: 'new.deep', value: 2, into: 'body' as const },
    ]
    const expected = '{"query":{"size":50,"keep":true},"list":[{"at":"x"}],"new":{"deep":2}}'
    expect(body(configured, parameters)?.text).toBe(expected)
    expect(configured.body.query.size).toBe(1)
    expect(body({}, [{ name: 'page', value: 2, into: 'body' }])?.text).toBe('{"page":2}')
  })

  it('is a form or a text', () => {
    expect(body({ form: { id: '{{partition.id}}', a: true } }, [{ name: 'p', value: 2, into: 'body' }])).toEqual({
      text: 'id=%C3%A7%2Fd%3F&a=true&p=2',
      type: 'application/x-www-form-urlencoded',
    })
    expect(body({ text: 'where id = {{partition.n}};' })).toEqual({ text: 'where id = 5;', type: 'text/plain; charset=utf-8' })
    expect(body({})).toBeUndefined()
  })
})
