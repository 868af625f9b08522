import { silentLog, systemClock } from '@data-weaver/contracts'
import { requireMinio, requireVersitygw, startMinio, startVersitygw, type TestS3 } from '@data-weaver/testkit'
import { request } from 'undici'
import { describe, expect, test } from 'vitest'
import { openObjectStore } from '../index.ts'

const [minio, versitygw] = await Promise.all([requireMinio(), requireVersitygw()])
const servers: readonly (readonly [string, string | undefined, (program: string) => Promise<TestS3>])[] = [
  ['MinIO', minio, (program) => startMinio(program)],
  ['versitygw', versitygw, (program) => startVersitygw(program)],
]
const signal = new AbortController().signal

describe.each(servers)('an address of an object in %s', (_name, program, start) => {
  test.skipIf(program === undefined)(
    'is answered with the bytes for a while, is saved and never shown, and is for this object alone',
    async () => {
      await using server = await start(program as string)
      const options = { clock: systemClock, log: silentLog, random: () => 0.5 }
      const store = await openObjectStore(`${server.url}&presign=1`, options)
      try {
        const body = Buffer.from('{"a":1}')
        await store.put('results/run/page.json', body, { contentType: 'application/json', signal })
        await store.put('results/run/other.json', body, { contentType: 'application/json', signal })
        const address = store.link?.('results/run/page.json', { expiresIn: 60, fileName: 'page.json' }) ?? ''
        const answer = await request(address)
        expect([answer.statusCode, await answer.body.text()]).toEqual([200, '{"a":1}'])
        expect(answer.headers['content-type']).toBe('application/octet-stream')
        expect(answer.headers['content-disposition']).toBe('attachment; filename="page.json"')
        for (const wrong of [
          address.replace('page.json?', 'other.json?'),
          address.replace('Expires=60', 'Expires=6000'),
          address.replace('octet-stream', 'html'),
        ])
          expect((await request(wrong)).statusCode).toBe(403)
      } finally {
        await store.close()
      }
      const closed = await openObjectStore(server.url, options)
      expect(closed.link).toBeUndefined()
      await closed.close()
    },
  )
})
