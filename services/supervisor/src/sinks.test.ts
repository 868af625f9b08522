import type { SinkStatistics } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { startApi } from '../test/harness.ts'

const statistics = (documents: number, more: Partial<SinkStatistics> = {}): SinkStatistics => ({
  documents,
  documentsPerSecond: documents / 10,
  rejected: 1,
  window: 16,
  inFlight: 2,
  overloads: 3,
  retries: 0,
  latencyMs: { p50: documents, p90: documents + 1, p99: documents + 2 },
  ...more,
})
const embedding = { requests: 1, texts: 10, reused: 5, overloads: 0, retries: 0 }

describe('sinks that workers feed', () => {
  it('are listed with what workers said, added up, and measured by worker', async () => {
    await using api = await startApi()
    expect((await api.call('GET', '/v1/sinks')).json.items).toEqual([])
    const say = (worker: string, entry: string, target: string, said: SinkStatistics) =>
      api.ledger.announceSink({ worker, sink: 'vespa', target, entry, statistics: said })
    await say('a', 'e1', 'weaver/song', statistics(100))
    await say('a', 'e2', 'weaver/song', statistics(10, { embedding }))
    await say('b', 'e1', 'weaver/song', statistics(1))
    await say('b', 'e3', 'weaver/album', statistics(7))
    await say('a', 'e1', 'weaver/song', statistics(200))
    const listed = async () => (await api.call('GET', '/v1/sinks')).json.items
    await eventually(async () => JSON.stringify(await listed()).includes('"documents":211'), { what: 'the reports to be heard' })
    const [album, song] = await listed()
    expect(album).toMatchObject({ sink: 'vespa', target: 'weaver/album', documents: 7, workers: [{ worker: 'b', documents: 7 }] })
    expect(song).toMatchObject({
      target: 'weaver/song',
      documents: 211,
      window: 48,
      overloads: 9,
      latencyMs: { p50: 200, p90: 201, p99: 202 },
      embedding,
      workers: [
        { worker: 'a', documents: 210, embedding },
        { worker: 'b', documents: 1 },
      ],
    })
    const page = (await api.call('GET', '/v1/sinks?limit=1')).json
    expect(page).toMatchObject({ items: [{ target: 'weaver/album' }], next: 'vespa weaver/album' })
    expect((await api.call('GET', `/v1/sinks?limit=1&after=${encodeURIComponent(page.next ?? '')}`)).json).toMatchObject({
      items: [{ target: 'weaver/song' }],
      next: null,
    })
    const { text } = await api.call('GET', '/metrics')
    expect(text).toContain('weaver_sink_documents{worker="a",sink="vespa",target="weaver/song"} 210')
    expect(text).toContain('weaver_sink_latency_seconds{worker="a",sink="vespa",target="weaver/song",quantile="0.99"} 0.202')
    expect(text).toContain('weaver_embedding_texts{worker="a",sink="vespa",target="weaver/song"} 10')
    expect(text).not.toContain('weaver_embedding_texts{worker="b"')
  })
})
