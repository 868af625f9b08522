import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { type Answer, eventually, fakeClock, type Script } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseStoreUrl, type S3Settings } from '../store-url.ts'
import {
  deleted,
  failure,
  listed,
  type Opening,
  type PlayedStore,
  playedStore,
  secret,
  stored,
  body,
  json,
  key,
  never,
  thrown,
} from '../../test/played-store.ts'
import { S3Store } from './s3-store.ts'

const reason = new WeaverError('timed_out', 'the test gives up')

let played: PlayedStore
let server: PlayedStore['server']

beforeEach(async () => {
  played = await playedStore()
  server = played.server
})
afterEach(() => played[Symbol.asyncDispose]())

const open = (opening?: Opening) => played.open(opening)
const play = (script: Script): void => server.play(script)

describe('a put', () => {
  test('is one signed, conditional request whose signature covers the body', async () => {
    expect(await open().put(key, body, json)).toEqual({ created: true })
    expect(played.asked()).toEqual([`PUT /${key}`])
    const { headers, body: sent } = await server.requested(1)
    expect(sent).toBe(body.toString())
    expect(headers).toMatchObject({
      'if-none-match': '*',
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      host: `127.0.0.1:${server.port}`,
    })
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=access\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=content-type;host;if-none-match;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    )
  })

  test('asks for encryption and says how the body is encoded, all of it signed', async () => {
    const parameters = `&sse=aws:kms&kmsKey=${encodeURIComponent('arn:aws:kms:eu:1:key/a')}`
    await open({ parameters }).put(key, body, { ...json, contentEncoding: 'zstd' })
    const { headers } = await server.requested(1)
    expect(headers).toMatchObject({
      'content-encoding': 'zstd',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu:1:key/a',
    })
    expect(headers.authorization).toContain(
      'SignedHeaders=content-encoding;content-type;host;if-none-match;x-amz-content-sha256;x-amz-date;x-amz-server-side-encryption;x-amz-server-side-encryption-aws-kms-key-id,',
    )
  })

  test('that finds the object there created nothing', async () => {
    play([failure(412, 'PreconditionFailed')])
    expect(await open().put(key, body, json)).toEqual({ created: false })
  })

  test.each<[string, Answer]>([
    ['503', failure(503, 'SlowDown')],
    ['500', failure(500, 'InternalError')],
    ['429 without a body', { status: 429 }],
    ['409 of two at once', failure(409, 'ConditionalRequestConflict')],
    ['400 RequestTimeout', failure(400, 'RequestTimeout')],
    ['400 IncompleteBody', failure(400, 'IncompleteBody')],
    ['a reset before the head', { reset: 'head' }],
    ['a reset after the head', { reset: 'body', body: 'x' }],
  ])('is repeated after %s', async (_name, trouble) => {
    play([trouble, trouble, stored])
    expect(await open().put(key, body, json)).toEqual({ created: true })
    expect(server.requests).toHaveLength(3)
    expect(server.requests.map((request) => request.body)).toEqual([body.toString(), body.toString(), body.toString()])
  })

  test('gives up after its tries', async () => {
    play([failure(503, 'SlowDown')])
    const error = await thrown(open().put(key, body, json))
    expect(error).toMatchObject({ code: 'store_unavailable', upstreamCode: 'SlowDown', retryable: true })
    expect(server.requests).toHaveLength(3)
  })

  test('into a store that is not there says so', async () => {
    const store = open()
    await server.close()
    const error = await thrown(store.put(key, body, json))
    expect(error).toMatchObject({ code: 'store_unavailable', upstreamCode: 'ECONNREFUSED' })
  })

  test('makes the bucket when it is missing, once for all who need it', async () => {
    const made = new Set<string>()
    play(({ method, path }) => {
      if (method === 'PUT' && path === '/eu-results') made.add(path)
      return path === '/eu-results' || made.size > 0 ? stored : failure(404, 'NoSuchBucket')
    })
    const store = open({ parameters: '&region=eu-central-1&prefix=eu-' })
    const puts = Array.from({ length: 12 }, (_, index) => store.put(`results/run/${index}`, body, json))
    expect((await Promise.all(puts)).every(({ created }) => created)).toBe(true)
    const making = server.requests.filter(({ path }) => path === '/eu-results')
    expect(making).toHaveLength(1)
    expect(making[0]?.body).toContain('<LocationConstraint>eu-central-1</LocationConstraint>')
    expect(made.size).toBe(1)
  })

  test('into a bucket that is never there ends', async () => {
    play(({ path }) => (path === '/results' ? {} : failure(404, 'NoSuchBucket')))
    expect((await thrown(open().put(key, body, json))).upstreamCode).toBe('NoSuchBucket')
    expect(server.requests.length).toBeLessThan(10)
  })

  test('refuses a bucket that is too long with its prefix, and a content type that is no header', async () => {
    expect(await thrown(open({ parameters: '&prefix=long-' }).put(`${'b'.repeat(60)}/a`, body, json))).toMatchObject({
      code: 'store_refused',
    })
    expect(await thrown(open().put(key, body, { contentType: 'text/plain\r\nx: y', signal: never }))).toMatchObject({
      code: 'store_refused',
    })
    expect(server.requests).toHaveLength(0)
  })
})

describe('what the store answers', () => {
  test.each<[number, string, string]>([
    [403, 'AccessDenied', 'store_refused'],
    [403, 'SignatureDoesNotMatch', 'store_refused'],
    [403, 'RequestTimeTooSkewed', 'store_refused'],
    [400, 'AuthorizationHeaderMalformed', 'store_refused'],
    [301, 'PermanentRedirect', 'store_refused'],
    [413, 'EntityTooLarge', 'store_refused'],
    [409, 'ObjectParentIsFile', 'store_refused'],
    [507, 'XMinioStorageFull', 'store_full'],
    [400, 'XMinioAdminBucketQuotaExceeded', 'store_full'],
    [503, 'ServiceUnavailable', 'store_unavailable'],
    [599, 'Whatever', 'store_unavailable'],
  ])('%i %s of a put, get, list and deletion is %s', async (status, code, expected) => {
    play([failure(status, code)])
    const store = open({ attempts: 1 })
    const calls = [
      store.put(key, body, json),
      store.get(key, never),
      Array.fromAsync(store.list('results/', never)),
      store.delete([key], never),
    ]
    for (const error of await Promise.all(calls.map(thrown))) {
      expect(error.code).toBe(expected)
      expect(error.message).toContain(String(status))
    }
  })

  test('an object or bucket that is not there is missing; another 404 is none of the kind', async () => {
    const store = open()
    for (const code of ['NoSuchKey', 'NoSuchBucket']) {
      play([failure(404, code)])
      expect((await thrown(store.get(key, never))).code).toBe('object_missing')
    }
    for (const answer of [failure(404, 'InvalidAccessKeyId'), { status: 404, body: '<html>Not found</html>' }]) {
      play([answer])
      const calls = [
        store.get(key, never),
        store.put(key, body, json),
        Array.fromAsync(store.list('results/', never)),
        store.delete([key], never),
      ]
      for (const error of await Promise.all(calls.map(thrown))) expect(error.code).toBe('store_refused')
    }
  })

  test('no error, however it is printed, has the secret key in it', async () => {
    const store = open({ attempts: 1, timeoutMs: 200 })
    const scripts: Answer[][] = [
      [failure(403, 'SignatureDoesNotMatch')],
      [{ reset: 'head' }],
      [{ hang: 'head' }],
      [failure(503, 'SlowDown')],
    ]
    for (const script of scripts) {
      play(script)
      const calls = [
        store.put(key, body, json),
        store.get(key, never),
        Array.fromAsync(store.list('', never)),
        store.delete([key], never),
        store.probe(never),
      ]
      for (const error of await Promise.all(calls.map(thrown))) {
        const printed = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`
        expect(printed).not.toContain(secret)
        expect(printed).not.toContain(encodeURIComponent(secret))
        expect(printed).not.toContain('Signature=')
      }
    }
    expect(inspect(store, { depth: 20 })).not.toContain(secret)
  })
})

describe('a get', () => {
  test('that is cut off is repeated', async () => {
    play([
      { body: 'x'.repeat(100_000), contentLength: 200_000, reset: 'middle' },
      { body: 'x'.repeat(100_000), contentLength: 100_000 },
    ])
    expect(await open().get(key, never)).toHaveLength(100_000)
    expect(server.requests).toHaveLength(2)
  })

  test('of more bytes than the limit is refused before they come', async () => {
    play([{ contentLength: 2 * 1024 ** 3, hang: 'body' }])
    expect(await thrown(open().get(key, never))).toMatchObject({ code: 'store_refused' })
    await eventually(() => server.connections() === 0, { what: 'the connection to be dropped' })
  })
})

describe('time', () => {
  test.each<[string, Answer]>([
    ['before the head', { hang: 'head' }],
    ['after the head', { hang: 'body', contentLength: 10 }],
    ['in the middle of the body', { hang: 'middle', body: listed(['a', 'b']).body }],
  ])('a store that hangs %s times out, and its connection is dropped', async (_name, answer) => {
    play([answer])
    const store = open({ timeoutMs: 250, attempts: 2 })
    expect(await thrown(store.get(key, never))).toMatchObject({ code: 'store_unavailable', upstreamCode: 'timeout' })
    expect(server.requests).toHaveLength(2)
    expect(await thrown(Array.fromAsync(store.list('results/', never)))).toMatchObject({
      code: 'store_unavailable',
      upstreamCode: 'timeout',
    })
    expect(server.requests).toHaveLength(4)
    await eventually(() => server.connections() === 0, { what: 'the connections to be dropped' })
  })

  test.each<[string, (store: S3Store, signal: AbortSignal) => Promise<unknown>]>([
    ['put', (store, signal) => store.put(key, body, { contentType: 'text/plain', signal })],
    ['get', (store, signal) => store.get(key, signal)],
    ['list', (store, signal) => Array.fromAsync(store.list('results/', signal))],
    ['list of buckets', (store, signal) => Array.fromAsync(store.list('', signal))],
    ['deletion', (store, signal) => store.delete([key], signal)],
    ['probe', (store, signal) => store.probe(signal)],
  ])('an abort ends a %s that hangs, and drops its connection', async (_name, call) => {
    play([{ hang: 'head' }])
    const controller = new AbortController()
    const promise = call(open(), controller.signal)
    promise.catch(() => {})
    await server.requested(1)
    controller.abort(reason)
    await expect(promise).rejects.toBe(reason)
    await eventually(() => server.connections() === 0, { what: 'the connection to be dropped' })
    expect(server.requests).toHaveLength(1)
  })

  test('an abort ends the wait between two tries', async () => {
    const settings = parseStoreUrl(`s3://access:secret@127.0.0.1:${server.port}/?tls=0`) as S3Settings
    const store = new S3Store({
      settings,
      clock: systemClock,
      log: silentLog,
      random: () => 1,
      retries: { attempts: 2, delayMs: 60_000, maxDelayMs: 60_000 },
    })
    play([failure(503, 'SlowDown')])
    const controller = new AbortController()
    const promise = store.put(key, body, { contentType: 'text/plain', signal: controller.signal })
    promise.catch(() => {})
    await server.requested(1)
    controller.abort(reason)
    await expect(promise).rejects.toBe(reason)
  })

  test('more puts than connections, all hanging, are all ended by an abort', async () => {
    play([{ hang: 'head' }])
    const store = open()
    const controller = new AbortController()
    const puts = Array.from({ length: 100 }, (_, index) =>
      store.put(`results/run/${index}`, body, { contentType: 'text/plain', signal: controller.signal }),
    )
    const settled = Promise.allSettled(puts)
    await server.requested(64)
    controller.abort(reason)
    for (const result of await settled) expect(result).toEqual({ status: 'rejected', reason })
    await eventually(() => server.connections() === 0, { what: 'the connections to be dropped' })
    play([stored])
    expect(await store.put(key, body, json)).toEqual({ created: true })
  })

  test('close waits a little, then ends what hangs', async () => {
    play([{ hang: 'head' }])
    const clock = fakeClock()
    const store = open({ timeoutMs: 60_000, clock })
    const results = Promise.allSettled([store.get(key, never), Array.fromAsync(store.list('results/', never))])
    await server.requested(2)
    const closed = store.close()
    await clock.untilSleeping(3)
    expect(server.connections()).toBe(2)
    await clock.advance(5000)
    await closed
    for (const result of await results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } })
    await eventually(() => server.connections() === 0, { what: 'the connections to be dropped' })
    expect(server.requests).toHaveLength(2)
    expect(clock.sleeping()).toBe(0)
  })
})

describe('listing and deleting', () => {
  test('a page that fails is asked for again; the others are not', async () => {
    play([listed(['a', '007'], true), failure(503, 'SlowDown'), { reset: 'head' }, listed(['b'])])
    const keys = (await Array.fromAsync(open().list('results/', never))).map((object) => object.key)
    expect(keys).toEqual(['results/a', 'results/007', 'results/b'])
    expect(server.requests.map(({ query }) => query.get('marker'))).toEqual([null, '007', '007', '007'])
  })

  test('answers that are tried again do not use up the connections', async () => {
    const slow = failure(503, 'SlowDown')
    play(({ path }, index) => (index < 60 ? slow : path.includes('delete') ? deleted : listed(['a'])))
    const store = open({ attempts: 12 })
    const lists = Array.from({ length: 20 }, () => Array.fromAsync(store.list('results/', never)))
    for (const objects of await Promise.all(lists)) expect(objects).toHaveLength(1)
  })

  test('what is no key is not listed', async () => {
    play([listed(['good', '~probe/x', 'a b', 'folder/', 'x//y'])])
    expect((await Array.fromAsync(open().list('results/', never))).map((object) => object.key)).toEqual(['results/good'])
  })

  test('a web server that answers 200 to anything is no store', async () => {
    play([{ headers: { 'content-type': 'text/html' }, body: '<html><body>Welcome</body></html>' }])
    const store = open()
    const calls = [
      Array.fromAsync(store.list('results/', never)),
      Array.fromAsync(store.list('', never)),
      store.delete([key], never),
      store.put(key, body, json),
    ]
    for (const error of await Promise.all(calls.map(thrown)))
      expect(error).toMatchObject({ code: 'store_refused', message: expect.stringContaining('no S3 store') })
  })

  test('an object that the store does not delete is an error', async () => {
    const result = (code: string): Answer => ({
      ...deleted,
      body: `<DeleteResult><Error><Key>run/x</Key><Code>${code}</Code><Message>m</Message></Error></DeleteResult>`,
    })
    const store = open()
    play([result('AccessDenied')])
    expect(await thrown(store.delete([key], never))).toMatchObject({ code: 'store_refused', upstreamCode: 'AccessDenied' })
    play([result('NoSuchKey')])
    await store.delete([key], never)
    play([result('InternalError'), deleted])
    await store.delete([key], never)
    expect(server.requests).toHaveLength(4)
  })
})
