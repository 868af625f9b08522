import { type ObjectStore, silentLog, systemClock } from '@data-weaver/contracts'
import { requireMinio, requireVersitygw, startMinio, startVersitygw, type TestS3 } from '@data-weaver/testkit'
import { Client } from 'minio'
import { describe, expect, test } from 'vitest'
import { openObjectStore } from '../index.ts'

const never = new AbortController().signal
const minio = await requireMinio()
const versitygw = await requireVersitygw()

const open = (url: string): Promise<ObjectStore> => openObjectStore(url, { clock: systemClock, log: silentLog, random: () => 0.5 })
const clientOf = ({ port, accessKey, secretKey }: TestS3): Client =>
  new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey, region: 'us-east-1' })

describe('rules by which a store deletes by itself', () => {
  test.skipIf(minio === undefined)('are set, changed and taken away on MinIO', async () => {
    await using server = await startMinio(minio as string)
    const client = clientOf(server)
    const store = await open(`${server.url}&prefix=acme-`)
    const days = async () =>
      ((await client.getBucketLifecycle('acme-results')) as unknown as { Rule: { Expiration: { Days: unknown } } }).Rule.Expiration.Days
    expect(await store.expireAfter?.('results', 8, never)).toBe('set')
    await store.put('results/run/a', Buffer.from('a'), { contentType: 'text/plain', signal: never })
    for (const wanted of [8, 8, 31]) {
      expect(await store.expireAfter?.('results', wanted, never)).toBe('set')
      expect(Number(await days())).toBe(wanted)
    }
    expect(await store.expireAfter?.('results', null, never)).toBe('set')
    await expect(client.getBucketLifecycle('acme-results')).rejects.toMatchObject({ code: 'NoSuchLifecycleConfiguration' })
    expect(await store.expireAfter?.('results', null, never)).toBe('set')
    await store.close()
  })

  test.skipIf(minio === undefined)('of others stay as they are', async () => {
    await using server = await startMinio(minio as string)
    const client = clientOf(server)
    const store = await open(server.url)
    await store.put('results/run/a', Buffer.from('a'), { contentType: 'text/plain', signal: never })
    await client.setBucketLifecycle('results', {
      Rule: [{ ID: 'mine', Status: 'Enabled', Filter: { Prefix: 'x' }, Expiration: { Days: 400 } }],
    })
    expect(await store.expireAfter?.('results', 8, never)).toBe('foreign')
    expect(await client.getBucketLifecycle('results')).toMatchObject({ Rule: { ID: 'mine' } })
    await store.close()
  })

  test.skipIf(versitygw === undefined)('are not known to versitygw, and that is said', async () => {
    await using server = await startVersitygw(versitygw as string)
    const store = await open(server.url)
    await store.put('results/run/a', Buffer.from('a'), { contentType: 'text/plain', signal: never })
    expect(await store.expireAfter?.('results', 8, never)).toBe('unsupported')
    expect(await store.expireAfter?.('results', null, never)).toBe('unsupported')
    await store.close()
  })
})
