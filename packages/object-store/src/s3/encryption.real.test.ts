import { randomBytes } from 'node:crypto'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { requireMinio, startMinio } from '@data-weaver/testkit'
import { Client } from 'minio'
import { describe, expect, test } from 'vitest'
import { openObjectStore } from '../index.ts'

const signal = new AbortController().signal
const plain = { contentType: 'application/octet-stream', signal }
const program = await requireMinio()
const open = (url: string) => openObjectStore(url, { clock: systemClock, log: silentLog, random: () => 0.5 })

async function* pieces(body: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536)
}

describe.skipIf(program === undefined)('encryption by the store, on MinIO', () => {
  test.each([
    ['AES256', '&sse=AES256'],
    ['aws:kms', '&sse=aws:kms&kmsKey=weaver'],
  ])('%s is asked for with each object, small and in parts', async (algorithm, parameters) => {
    const key = `weaver:${randomBytes(32).toString('base64')}`
    await using server = await startMinio(program as string, undefined, { MINIO_KMS_SECRET_KEY: key })
    const store = await open(`${server.url}${parameters}`)
    const body = randomBytes(9 * 1024 * 1024)
    await store.probe(signal)
    await store.put('results/run/small', body.subarray(0, 100), plain)
    await store.putStream('results/run/large', pieces(body), plain)
    const client = new Client({
      endPoint: '127.0.0.1',
      port: server.port,
      useSSL: false,
      accessKey: server.accessKey,
      secretKey: server.secretKey,
    })
    for (const name of ['run/small', 'run/large']) {
      const { metaData } = await client.statObject('results', name)
      expect(
        (metaData as Record<string, string>)['server-side-encryption'] ??
          (metaData as Record<string, string>)['x-amz-server-side-encryption'],
      ).toBe(algorithm)
    }
    expect(Buffer.compare(await store.get('results/run/large', signal), body)).toBe(0)
    await store.close()
  })

  test('is refused by a store that cannot, and nothing is stored without it', async () => {
    await using server = await startMinio(program as string)
    const store = await open(`${server.url}&sse=AES256`)
    await expect(store.put('results/run/small', Buffer.from('x'), plain)).rejects.toMatchObject({ code: 'store_refused' })
    await expect(store.putStream('results/run/large', pieces(randomBytes(9 * 1024 * 1024)), plain)).rejects.toMatchObject({
      code: 'store_refused',
    })
    expect(await Array.fromAsync(store.list('results/', signal))).toEqual([])
    await store.close()
  })
})
