import { randomBytes, randomUUID } from 'node:crypto'
import { type ErrorCode, type ObjectStore, type StoredObject, WeaverError } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { streaming } from './conformance/streams.ts'

/** Storage that several stores can be opened on, as several processes do. */
export interface Storage extends AsyncDisposable {
  open(): Promise<ObjectStore>
}

const never = new AbortController().signal
const json = { contentType: 'application/json', signal: never }

/** The tests that every driver passes. `start` makes empty storage; it is disposed of at the end. */
export function describeObjectStore(name: string, start: () => Promise<Storage>): void {
  describe(name, () => {
    let storage: Storage
    let store: ObjectStore
    beforeAll(async () => {
      storage = await start()
      store = await storage.open()
    })
    afterAll(async () => {
      await store?.close()
      await storage?.[Symbol.asyncDispose]()
    })
    const tools: Tools = { store: () => store, open: () => storage.open() }
    storing(tools)
    deleting(tools)
    listing(tools)
    refusing(tools)
    aborting(tools)
    probing(tools)
    describe('in pieces', () => streaming(tools))
  })
}

interface Tools {
  readonly store: () => ObjectStore
  readonly open: () => Promise<ObjectStore>
}

/** A bucket of its own for each test, so that tests do not see each other's objects. */
const newBucket = (): string => `t-${randomBytes(6).toString('hex')}`

const collect = async (store: ObjectStore, prefix: string): Promise<StoredObject[]> => Array.fromAsync(store.list(prefix, never))
const keysOf = async (store: ObjectStore, prefix: string): Promise<string[]> => (await collect(store, prefix)).map(({ key }) => key)
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const textOf = async (store: ObjectStore, key: string): Promise<string> => new TextDecoder().decode(await store.get(key, never))

async function expectCode(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(WeaverError)
  expect((error as WeaverError).code).toBe(code)
}

function storing({ store, open }: Tools): void {
  test.each([0, 1, 600, 65_537, 5 * 1024 * 1024 + 3])('gives back %i bytes as they were', async (size) => {
    const key = `${newBucket()}/${randomUUID()}/${randomUUID()}.json`
    const body = randomBytes(size)
    expect(await store().put(key, body, json)).toEqual({ created: true })
    expect(Buffer.compare(await store().get(key, never), body)).toBe(0)
  })

  test('stores a part of a larger buffer as that part', async () => {
    const key = `${newBucket()}/part`
    const whole = text('before-inside-after')
    await store().put(key, whole.subarray(7, 13), json)
    expect(await textOf(store(), key)).toBe('inside')
  })

  test('takes every kind of key', async () => {
    const bucket = newBucket()
    const names = [
      'a',
      '007',
      '1.50',
      '-',
      '_',
      '...',
      '..a',
      '.hidden',
      'A-Z_a.z',
      'x'.repeat(200),
      `d/${'e/'.repeat(20)}f`,
      `${'y'.repeat(200)}/${'z'.repeat(200)}`,
    ]
    for (const name of names) await store().put(`${bucket}/${name}`, text(name), json)
    for (const name of names) expect(await textOf(store(), `${bucket}/${name}`)).toBe(name)
    expect(await keysOf(store(), `${bucket}/`)).toEqual(names.map((name) => `${bucket}/${name}`).sort())
  })

  test('a key that is there stays as it is', async () => {
    const key = `${newBucket()}/run/result.json`
    await store().put(key, text('first'), json)
    expect(await store().put(key, text('another'), json)).toEqual({ created: false })
    expect(await textOf(store(), key)).toBe('first')
  })

  test('of many that put a key at once, through two stores, one creates it', async () => {
    const other = await open()
    try {
      for (let round = 0; round < 5; round += 1) {
        const key = `${newBucket()}/run/result.json`
        const bodies = Array.from({ length: 8 }, (_, index) => `body ${index}`)
        const results = await Promise.all(bodies.map((body, index) => (index % 2 === 0 ? store() : other).put(key, text(body), json)))
        expect(results.filter(({ created }) => created)).toHaveLength(1)
        const winner = results.findIndex(({ created }) => created)
        expect(await textOf(store(), key)).toBe(bodies[winner])
        expect(await textOf(other, key)).toBe(bodies[winner])
      }
    } finally {
      await other.close()
    }
  })

  test('a new bucket takes many puts at once', async () => {
    const bucket = newBucket()
    const names = Array.from({ length: 24 }, (_, index) => `${bucket}/run-${index % 3}/${index}`).sort()
    const results = await Promise.all(names.map((name) => store().put(name, text(name), json)))
    expect(results.every(({ created }) => created)).toBe(true)
    expect(await keysOf(store(), `${bucket}/`)).toEqual(names)
  })

  test('what one store puts, another reads', async () => {
    const key = `${newBucket()}/run/result.json`
    await store().put(key, text('seen'), json)
    const other = await open()
    try {
      expect(await textOf(other, key)).toBe('seen')
    } finally {
      await other.close()
    }
  })

  test('an object cannot become a folder by accident', async () => {
    const bucket = newBucket()
    await store().put(`${bucket}/a`, text('object'), json)
    // Stores without folders take it; those with folders refuse. Neither may harm what is there.
    await store()
      .put(`${bucket}/a/b`, text('below'), json)
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'store_refused' }))
    expect(await textOf(store(), `${bucket}/a`)).toBe('object')
    await expectCode(store().get(`${bucket}/a/c`, never), 'object_missing')
  })

  test('what is not there is missing', async () => {
    const bucket = newBucket()
    await expectCode(store().get(`${bucket}/no/bucket`, never), 'object_missing')
    await store().put(`${bucket}/run/here`, text('x'), json)
    await expectCode(store().get(`${bucket}/run/gone`, never), 'object_missing')
    await expectCode(store().get(`${bucket}/other/gone`, never), 'object_missing')
    // A folder is no object.
    await expectCode(store().get(`${bucket}/run`, never), 'object_missing')
  })
}

function deleting({ store, open }: Tools): void {
  test('deletes what is there of the keys, and nothing else', async () => {
    const bucket = newBucket()
    for (const name of ['run/a', 'run/b', 'other/c', 'd']) await store().put(`${bucket}/${name}`, text(name), json)
    await store().delete([`${bucket}/run/a`, `${bucket}/run/never`, `${bucket}/d`, `${newBucket()}/none`, `${bucket}/other`], never)
    expect(await keysOf(store(), `${bucket}/`)).toEqual([`${bucket}/other/c`, `${bucket}/run/b`])
    await expectCode(store().get(`${bucket}/run/a`, never), 'object_missing')
    await store().delete([`${bucket}/run/a`], never)
    await store().delete([], never)
  })

  test('where one store deleted the last object, another puts the next', async () => {
    const bucket = newBucket()
    const other = await open()
    try {
      await store().put(`${bucket}/run/a`, text('a'), json)
      await other.delete([`${bucket}/run/a`], never)
      expect(await store().put(`${bucket}/run/b`, text('b'), json)).toEqual({ created: true })
      expect(await keysOf(other, `${bucket}/`)).toEqual([`${bucket}/run/b`])
    } finally {
      await other.close()
    }
  })

  test('a deleted key can be put again', async () => {
    const key = `${newBucket()}/run/a`
    await store().put(key, text('one'), json)
    await store().delete([key], never)
    expect(await store().put(key, text('two'), json)).toEqual({ created: true })
    expect(await textOf(store(), key)).toBe('two')
  })

  test("puts and deletions in the same folder do not get in each other's way", async () => {
    const bucket = newBucket()
    const rounds = Array.from({ length: 20 }, (_, index) => index)
    const churn = async (name: string) => {
      for (const round of rounds) {
        const key = `${bucket}/run/${name}-${round}`
        expect(await store().put(key, text(key), json)).toEqual({ created: true })
        await store().delete([key], never)
      }
    }
    await Promise.all(['a', 'b', 'c'].map(churn))
    expect(await keysOf(store(), `${bucket}/`)).toEqual([])
  })
}

function listing({ store }: Tools): void {
  test('lists in the order of keys, folders included', async () => {
    const bucket = newBucket()
    // `-` and `.` come before the slash, letters after it.
    const names = ['a-b/x', 'a.json', 'a/x', 'a/y/z', 'a0', 'aa/x', 'b', 'B', '0', '10', '9']
    for (const name of names) await store().put(`${bucket}/${name}`, text(name), json)
    expect(await keysOf(store(), `${bucket}/`)).toEqual(names.map((name) => `${bucket}/${name}`).sort())
  })

  test('a prefix is the start of a key, wherever it ends', async () => {
    const bucket = newBucket()
    const inner = `${bucket}-x`
    for (const key of [`${bucket}/run-1/a`, `${bucket}/run-1/b`, `${bucket}/run-10/a`, `${bucket}/sun/a`, `${inner}/run-1/a`]) {
      await store().put(key, text(key), json)
    }
    expect(await keysOf(store(), `${bucket}/run-1/`)).toEqual([`${bucket}/run-1/a`, `${bucket}/run-1/b`])
    expect(await keysOf(store(), `${bucket}/run-1`)).toEqual([`${bucket}/run-1/a`, `${bucket}/run-1/b`, `${bucket}/run-10/a`])
    expect(await keysOf(store(), `${bucket}/run-1/a`)).toEqual([`${bucket}/run-1/a`])
    expect(await keysOf(store(), `${bucket}/.`)).toEqual([])
    expect(await keysOf(store(), `${bucket}/none/`)).toEqual([])
    expect(await keysOf(store(), `${newBucket()}/`)).toEqual([])
    // `-` comes before the slash: the longer bucket name first.
    expect(await keysOf(store(), bucket)).toEqual([
      `${inner}/run-1/a`,
      `${bucket}/run-1/a`,
      `${bucket}/run-1/b`,
      `${bucket}/run-10/a`,
      `${bucket}/sun/a`,
    ])
    const all = await keysOf(store(), '')
    expect(all).toEqual(all.toSorted())
    expect(all).toContain(`${inner}/run-1/a`)
  })

  test('says size and time', async () => {
    const bucket = newBucket()
    const before = Date.now()
    await store().put(`${bucket}/a`, randomBytes(1234), json)
    await store().put(`${bucket}/b`, new Uint8Array(0), json)
    const [first, second] = await collect(store(), `${bucket}/`)
    expect(first).toMatchObject({ key: `${bucket}/a`, size: 1234 })
    expect(second).toMatchObject({ key: `${bucket}/b`, size: 0 })
    // Some stores keep whole seconds.
    expect(first?.modifiedAt).toBeGreaterThanOrEqual(before - 2000)
    expect(first?.modifiedAt).toBeLessThanOrEqual(Date.now() + 2000)
  })

  test('lists more than a page of S3, can be left early, and deletes all of it', async () => {
    const bucket = newBucket()
    const keys = Array.from({ length: 1203 }, (_, index) => `${bucket}/${index % 2 === 0 ? 'even' : 'odd'}/${index}`)
    for (let start = 0; start < keys.length; start += 100) {
      await Promise.all(keys.slice(start, start + 100).map((key) => store().put(key, text(key), json)))
    }
    expect(await keysOf(store(), `${bucket}/`)).toEqual(keys.toSorted())
    for await (const { key } of store().list(`${bucket}/`, never)) {
      expect(key).toBe(`${bucket}/even/0`)
      break
    }
    await store().delete(keys, never)
    expect(await keysOf(store(), `${bucket}/`)).toEqual([])
  })
}

const badKeys: readonly string[] = [
  '',
  'bucket',
  'bucket/',
  'bucket//a',
  'bucket/a/',
  '/bucket/a',
  '/etc/passwd',
  '../a',
  'bucket/../../a',
  'bucket/..',
  'bucket/./a',
  '.aside/a',
  'bucket/a\\b',
  'bucket/..\\..\\a',
  'bucket/a\0b',
  'bucket/a%2Fb',
  'bucket/%2e%2e/a',
  'bucket/a b',
  'bucket/ä',
  'bucket/a?x',
  'bucket/a\n',
  `bucket/${'x'.repeat(201)}`,
  `bucket${'/x'.repeat(600)}`,
  'Bucket/a',
  'bu/a',
  '-bucket/a',
  'bucket_/a',
  'buck..et/a',
  `${'b'.repeat(64)}/a`,
]

function refusing({ store }: Tools): void {
  test.each(badKeys)('refuses %j as a key', async (key) => {
    await expectCode(store().put(key, text('x'), json), 'store_refused')
    await expectCode(store().get(key, never), 'store_refused')
    await expectCode(store().delete([key], never), 'store_refused')
  })

  test.each(['/', '../', 'bucket/../', 'bucket//', 'bucket/a b', 'bucket/%', 'Bucket', `bucket/${'x'.repeat(201)}`, 'bucket/\0'])(
    'refuses %j as a prefix',
    async (prefix) => {
      await expectCode(collect(store(), prefix), 'store_refused')
    },
  )

  test('one bad key among good ones: nothing is deleted', async () => {
    const key = `${newBucket()}/a`
    await store().put(key, text('x'), json)
    await expectCode(store().delete([key, '../x'], never), 'store_refused')
    expect(await textOf(store(), key)).toBe('x')
  })
}

function aborting({ store }: Tools): void {
  const reason = new WeaverError('timed_out', 'the test gives up')
  const aborted = AbortSignal.abort(reason)

  test('an aborted signal stops every call with its reason', async () => {
    const key = `${newBucket()}/a`
    await expect(store().put(key, text('x'), { contentType: 'text/plain', signal: aborted })).rejects.toBe(reason)
    await store().put(key, text('x'), json)
    await expect(store().get(key, aborted)).rejects.toBe(reason)
    await expect(store().delete([key], aborted)).rejects.toBe(reason)
    await expect(Array.fromAsync(store().list('', aborted))).rejects.toBe(reason)
    await expect(store().probe(aborted)).rejects.toBe(reason)
    expect(await textOf(store(), key)).toBe('x')
  })

  test('an abort in the middle of a list ends it', async () => {
    const bucket = newBucket()
    for (const name of ['a', 'b', 'c/d', 'e']) await store().put(`${bucket}/${name}`, text(name), json)
    const controller = new AbortController()
    const seen: string[] = []
    const read = async () => {
      for await (const { key } of store().list(`${bucket}/`, controller.signal)) {
        seen.push(key)
        controller.abort(reason)
      }
    }
    await expect(read()).rejects.toBe(reason)
    expect(seen.length).toBeLessThan(4)
  })

  test('an abort in the middle of a put leaves the whole object or none', async () => {
    const bucket = newBucket()
    const body = randomBytes(3 * 1024 * 1024)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, async (_, index) => {
        const controller = new AbortController()
        const put = store().put(`${bucket}/${index}`, body, { contentType: 'text/plain', signal: controller.signal })
        // At different points: some turns of the event loop after the call.
        for (let turn = 0; turn < index * 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
        controller.abort(reason)
        await put
      }),
    )
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBe(reason)
    for (const { key, size } of await collect(store(), `${bucket}/`)) {
      expect(size).toBe(body.length)
      expect(Buffer.compare(await store().get(key, never), body)).toBe(0)
    }
  })
}

function probing({ store, open }: Tools): void {
  test('a probe leaves nothing', async () => {
    const other = await open()
    try {
      await other.probe(never)
      await other.probe(never)
      // Buckets of other tests may still receive what those gave up.
      expect((await keysOf(other, '')).filter((key) => !key.startsWith('t-'))).toEqual([])
    } finally {
      await other.close()
    }
  })

  test('a closed store refuses calls, and another goes on', async () => {
    const other = await open()
    const key = `${newBucket()}/a`
    await other.put(key, text('x'), json)
    await other.close()
    await expectCode(other.put(key, text('x'), json), 'store_unavailable')
    await expectCode(other.get(key, never), 'store_unavailable')
    await expectCode(collect(other, ''), 'store_unavailable')
    expect(await textOf(store(), key)).toBe('x')
  })
}
