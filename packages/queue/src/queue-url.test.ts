import { describe, expect, test } from 'vitest'
import { parseQueueUrl, type RedisSettings } from './queue-url.ts'

const parsed = (url: string) => parseQueueUrl(url) as RedisSettings

describe('the address of a queue', () => {
  test('is PostgreSQL, as it is given', () => {
    const url = 'postgres://weaver:secret@db:5432/weaver?sslmode=require'
    expect(parseQueueUrl(url)).toEqual({ kind: 'postgres', url })
  })

  test.each([
    ['redis://redis', { shape: 'single', tls: false, nodes: [{ host: 'redis', port: 6379 }] }],
    ['redis://[::1]:7000', { shape: 'single', tls: false, nodes: [{ host: '::1', port: 7000 }] }],
    [
      'rediss://us%40er:p%2F%3A%40:w@redis.internal:6380/3',
      { shape: 'single', tls: true, nodes: [{ host: 'redis.internal', port: 6380 }], username: 'us@er', password: 'p/:@:w', db: 3 },
    ],
    [
      'rediss+sentinel://:secret@a,b:26380,[::1]/2?master=weaver&sentinelUsername=s&sentinelPassword=p%26q',
      {
        shape: 'sentinel',
        tls: true,
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 26_380 },
          { host: '::1', port: 26_379 },
        ],
        password: 'secret',
        db: 2,
        master: 'weaver',
        sentinelUsername: 's',
        sentinelPassword: 'p&q',
      },
    ],
    [
      'redis+cluster://10.0.0.1:7000,10.0.0.2/0',
      {
        shape: 'cluster',
        tls: false,
        nodes: [
          { host: '10.0.0.1', port: 7000 },
          { host: '10.0.0.2', port: 6379 },
        ],
      },
    ],
  ])('%s', (url, settings) => {
    expect(parsed(url)).toEqual({ kind: 'redis', ...settings })
  })

  test.each([
    ['amqp://rabbit', 'must begin'],
    ['redis+ring://a', 'must begin'],
    ['redis://', 'has a host'],
    ['redis://:secret/with@redis', 'is no'],
    ['redis://:sec%ret@redis', 'percent-encoding'],
    ['redis://redis:0', 'has a port'],
    ['redis://redis:99999', 'has a port'],
    ['redis://redis:secret', 'has a host'],
    ['redis://a,b', 'names several hosts'],
    ['redis://redis/secret', 'has a path'],
    ['redis://redis?secret=1', 'takes no parameters'],
    ['redis://redis#secret', 'is no address'],
    ['redis+sentinel://a,b', 'what the Sentinels call the master'],
    ['redis+sentinel://a?master=x&secret=1', 'unknown parameter'],
    ['redis+sentinel://a?master=x&master=secret', 'twice'],
    ['redis+cluster://a/3', 'names a database'],
  ])('is refused, without a word of it: %s', (url, problem) => {
    let thrown: unknown
    try {
      parseQueueUrl(url)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'invalid_settings', errors: [{ field: 'WEAVER_QUEUE_URL' }] })
    expect((thrown as Error).message).toContain('WEAVER_QUEUE_URL ')
    if (problem !== 'is no') expect((thrown as Error).message).toContain(problem)
    expect(JSON.stringify([(thrown as Error).message, thrown])).not.toContain('secret')
  })
})
