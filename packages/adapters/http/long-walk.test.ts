import { type Json, type Page, systemClock } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { recordsOf, run } from '../src/conformance/harness.ts'
import { ScriptedSource } from '../src/conformance/scripted-source.ts'
import { http } from './index.ts'

const total = 10_000
/** Pages after which a run dies: its process, as far as the adapter can tell. */
const deaths = [1, 2499, 5000, 5001, 9999]

let egress: Egress
let source: ScriptedSource

beforeAll(async () => {
  egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  // Newest first: a value that moved with each page would lose all that lies behind it.
  source = await ScriptedSource.start(({ url }) => {
    const group = Number(url.pathname.split('/')[2])
    const at = Number(url.searchParams.get('at') ?? 0)
    const size = group === 0 ? total / 2 : total / 4
    const id = group * 100_000 + at
    return { body: { items: [{ id, at: total - at }], next: at + 1 < size ? String(at + 1) : null } }
  })
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await egress.close()
})

const death = new Error('the process is gone')

describe(`a walk over ${total} pages of three partitions`, () => {
  it('goes on where it was, however often it dies: nothing is lost, and nothing asked for twice but the page it died on', async () => {
    const config = parseConfig(
      http,
      {
        request: { url: `${source.origin}/groups/{{partition.id}}` },
        records: { path: 'items' },
        pagination: { type: 'cursor', in: 'body', path: 'next', parameter: 'at', maxPages: 1_000_000 },
        partitions: { type: 'list', values: [{ id: 0 }, { id: 1 }, { id: 2 }] },
        primaryKey: ['id'],
        incremental: { path: 'at', parameter: 'since', order: 'number' },
      },
      [],
    )
    const committed: Page[] = []
    let cursor: Json | null = null
    for (const end of [...deaths, Infinity]) {
      let died = false
      const onPage = (page: Page) => {
        // It dies after the page came and before it is committed.
        if (!died && committed.length === end) {
          died = true
          throw death
        }
        committed.push(page)
        cursor = page.cursor ?? cursor
      }
      const { error } = await run({ adapter: http, config, secrets: {}, egress, cursor, onPage })
      expect(error).toBe(end === Infinity ? undefined : death)
    }
    const ids = recordsOf(http, config, committed).map(({ key }) => key[0])
    expect(ids).toHaveLength(total)
    expect(new Set(ids).size).toBe(total)
    expect(source.requests).toHaveLength(total + deaths.length)
    expect(committed.filter(({ last }) => last === true)).toEqual([committed.at(-1)])
    const values = Object.values((cursor as unknown as { partitions: { values: Record<string, { value: number }> } }).partitions.values)
    expect(values.map(({ value }) => value)).toEqual([total, total, total])
    expect(cursor).not.toHaveProperty('round')
    source.reset()
    await run({ adapter: http, config, secrets: {}, egress, cursor, onPage: (_page, index) => expectSince(index) })
  }, 120_000)
})

/** The next round asks each partition from its own largest value; three requests are enough to see it. */
function expectSince(index: number): void {
  expect(source.requests.at(-1)?.url.searchParams.get('since')).toBe(String(total))
  if (index === 2) throw death
}
