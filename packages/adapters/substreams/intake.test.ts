import { describe, expect, it } from 'vitest'
import type { Block } from './block.ts'
import { checkpointOf, readCheckpoint } from './checkpoint.ts'
import { ForkMemory } from './fork-memory.ts'
import { Intake } from './intake.ts'
import { configFor } from './test/run.ts'

const limits = { blocks: 1000, bytes: 1e9, ms: 5000 }
const blockOf = (number: number, bytes: number | Uint8Array, final = 0): Block => ({
  number,
  id: `i${number}`,
  time: null,
  cursor: `c${number}`,
  final,
  output: typeof bytes === 'number' ? new Uint8Array(bytes) : bytes,
})
const intakeOf = (memory: ForkMemory, finalOnly = false) => new Intake({ limits, finalOnly }, { position: undefined, memory, final: -1 })

describe('an intake', () => {
  it('says when too much waits for finality', () => {
    const intake = intakeOf(new ForkMemory({ maxBytes: 1024, restoreBytes: 0 }))
    const megabyte = new Uint8Array(1024 * 1024)
    expect(() => {
      for (let number = 1; number <= 66; number++) intake.receive(blockOf(number, megabyte), 0)
    }).toThrow(expect.objectContaining({ code: 'source_too_large', message: expect.stringContaining('finalBlocksOnly') }))
    expect(intake.waiting).toBe(65)
    expect(intake.position?.cursor).toBe('c1')
  })

  it('stores the first segment soon, then by its time, and one without output later', () => {
    const intake = intakeOf(new ForkMemory({ maxBytes: 1024, restoreBytes: 0 }))
    expect(intake.dueAt).toBeUndefined()
    intake.receive(blockOf(1, 10), 100)
    intake.receive(blockOf(2, 10), 900)
    expect(intake.dueAt).toBe(1100)
    expect(intake.take()).toMatchObject({ range: { first: 1, last: 2 } })
    expect(intake.take()).toBeUndefined()
    intake.receive(blockOf(3, 0), 2000)
    expect(intake.dueAt).toBe(62_000)
    intake.receive(blockOf(4, 1), 2500)
    expect(intake.dueAt).toBe(7000)
  })

  it('does not let go of blocks that wait when those above them are taken back', () => {
    const intake = intakeOf(new ForkMemory({ maxBytes: 20, restoreBytes: 0 }))
    for (const number of [1, 2, 3, 4]) intake.receive(blockOf(number, 10), 0)
    expect(intake.waiting).toBe(2)
    intake.take()
    expect(intake.undo({ cursor: 'u3', block: { number: 3, id: 'i3' } })).toBeUndefined()
    expect(intake.waiting).toBe(1)
    // Block 3 is in no page yet, so no checkpoint may stand behind it.
    expect(intake.position?.cursor).toBe('c2')
    intake.receive(blockOf(4, 1, 2), 0)
    expect(intake.waiting).toBe(0)
    expect(intake.position?.cursor).toBe('c4')
  })

  it('keeps what was gathered below an undo, and drops the rest', () => {
    const intake = intakeOf(new ForkMemory({ maxBytes: 1024, restoreBytes: 0 }))
    for (const number of [1, 2, 3, 4]) intake.receive(blockOf(number, 10), 0)
    expect(intake.undo({ cursor: 'u2', block: { number: 2, id: 'i2' } })).toBeUndefined()
    const taken = intake.take()
    expect(taken?.lines).toHaveLength(2)
    expect(taken?.range).toEqual({ first: 1, last: 2 })
    expect(intake.memory.blocks.map(({ number }) => number)).toEqual([1, 2])
  })

  it('that has final blocks only remembers none', () => {
    const intake = intakeOf(new ForkMemory({ maxBytes: 1024, restoreBytes: 1024 }), true)
    intake.receive(blockOf(1, 10, 1), 0)
    expect(intake.memory.blocks).toEqual([])
    expect(() => intake.undo({ cursor: 'u0', block: { number: 0, id: '' } })).toThrow(expect.objectContaining({ code: 'source_rejected' }))
  })
})

describe('a memory', () => {
  it('keeps the last final blocks as far as there is room, and knows from where on it knows all', () => {
    const memory = new ForkMemory({ maxBytes: 1000, restoreBytes: 25 })
    for (const number of [1, 2, 3, 4, 5]) memory.remember(blockOf(number, 10))
    memory.settle(4)
    expect(memory.blocks.map(({ number }) => number)).toEqual([3, 4, 5])
    expect([memory.knowsAbove(1), memory.knowsAbove(2)]).toEqual([false, true])
    memory.remember(blockOf(6, 900))
    expect(memory.admits(blockOf(7, 100))).toBe(false)
    expect(memory.admits(blockOf(7, 90))).toBe(true)
    expect(memory.admits(blockOf(7, 0))).toBe(true)
    memory.settle(6)
    expect(memory.blocks).toEqual([])
    expect(memory.admits(blockOf(7, 5000))).toBe(true)
  })

  it('that comes from a checkpoint knows what is final', () => {
    const config = configFor('http://127.0.0.1:1', { undo: { maxBytes: 1024 } })
    const memory = new ForkMemory({ maxBytes: 1024, restoreBytes: 4096 })
    for (const number of [1, 2]) memory.remember(blockOf(number, 1000))
    memory.settle(1)
    const position = { cursor: 'c2', block: { number: 2, id: 'i2' } }
    const cursor = checkpointOf(config, { position, final: 2, package: '', memory, complete: false })
    const resumed = readCheckpoint(config, cursor)
    expect(resumed.memory.blocks).toHaveLength(2)
    expect(resumed.memory.admits(blockOf(3, 1000))).toBe(true)
    expect(resumed.memory.admits(blockOf(3, 1025))).toBe(true)
    resumed.memory.remember(blockOf(3, 1000))
    expect(resumed.memory.admits(blockOf(4, 25))).toBe(false)
  })

  it('is the same after it was stored', () => {
    const limits = { maxBytes: 100, restoreBytes: 100 }
    const memory = new ForkMemory(limits)
    memory.remember(blockOf(1, Uint8Array.of(1, 2, 3)))
    memory.remember(blockOf(2, Uint8Array.of(4)))
    const stored = JSON.parse(JSON.stringify(memory.toJson()))
    const again = ForkMemory.from(limits, stored)
    expect(again.toJson()).toEqual(stored)
    expect(again.takeAbove(1).map(({ number, output }) => [number, ...output])).toEqual([[2, 4]])
    expect(again.blocks.map(({ number, output }) => [number, ...output])).toEqual([[1, 1, 2, 3]])
  })
})
