import { spawnNode } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'

const count = 1000
const mebibyte = 1024 * 1024
/** A thousand took 90 to 115 MiB when this was written, of either kind; the rest is room for another allocator. */
const mostBytes = 256 * mebibyte

interface Held {
  readonly ended: number
  readonly openMs: number
  readonly endMs: number
  readonly goneMs: number
  /** Of one core while nothing happens. */
  readonly cpuShare: number
  /** Of the resident memory, bytes. */
  readonly growth: number
}

describe(`one process holds ${count} quiet streams`, () => {
  it.each(['sse', 'websocket'])('%s: with bounded memory, and ends them all within a second', async (adapter) => {
    await using source = spawnNode(new URL('test/quiet-source.ts', import.meta.url))
    const port = (await source.line(/^port (\d+)$/m))[1] ?? ''
    await using holder = spawnNode(new URL('test/hold.ts', import.meta.url), { args: [adapter, port, String(count)] })
    const held = JSON.parse((await holder.line(/^result (.*)$/m, 60_000))[1] ?? '') as Held
    expect(held.ended).toBe(count)
    expect(held.growth, `${Math.round(held.growth / mebibyte)} MiB`).toBeLessThan(mostBytes)
    expect(held.endMs).toBeLessThan(1000)
    expect(await holder.exited).toEqual({ code: 0, signal: null })
  })
})
