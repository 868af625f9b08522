import { systemClock } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { redaction } from '../redaction.ts'
import { type EventReading, serverSentEvents, type StreamState } from './events.ts'

const reading: EventReading = {
  clock: { ...systemClock, now: () => 0 },
  redact: redaction(['s3cret']),
  maxMessageBytes: 100,
  events: undefined,
  errorEvents: new Set(['error']),
  resume: true,
}

async function read(text: string | Uint8Array, options: Partial<EventReading> = {}, pieceBytes = Infinity) {
  const bytes = Buffer.from(text as string)
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += Math.min(pieceBytes, bytes.length))
      yield bytes.subarray(at, at + Math.min(pieceBytes, bytes.length))
  }
  const state: StreamState = { heardAt: undefined, retryMs: undefined, lastId: undefined }
  const events: (readonly unknown[])[] = []
  let error: unknown
  try {
    for await (const { data, event, id, position } of serverSentEvents(body(), state, { ...reading, ...options }))
      events.push([data, event, id, position])
  } catch (thrown) {
    error = thrown
  }
  return { events, state, error }
}

describe('events', () => {
  const text = [
    '\ufeff: a comment\r\ndata: one\r\n\r\n',
    'id: é1\nevent: update\ndata: {"a":\ndata:  "grüße"}\n\n',
    'data: three\r\rid\ndata\n\n',
    'id: has \0 nul\ndata: five\n\nretry: 2500\n\nunknown: x\ndata:six\n\ndata: never ended',
  ].join('')
  const found = [
    ['one', undefined, undefined, undefined],
    ['{"a":\n "grüße"}', 'update', 'é1', 'é1'],
    ['three', undefined, undefined, 'é1'],
    ['', undefined, '', null],
    ['five', undefined, undefined, null],
    ['six', undefined, undefined, null],
  ]

  it.each([1, 2, 3, 7, Infinity])('are the same in pieces of %i bytes', async (pieceBytes) => {
    const { events, state, error } = await read(text, {}, pieceBytes)
    expect([events, error]).toEqual([found, undefined])
    expect(state).toEqual({ heardAt: 0, retryMs: 2500, lastId: '' })
  })

  it('are kept as bytes when they are not UTF-8', async () => {
    const { events } = await read(Buffer.from('data: caf\u00e9\n\ndata: ok\n\n', 'latin1'))
    expect(events.map(([data]) => data)).toEqual([new Uint8Array(Buffer.from('caf\u00e9', 'latin1')), 'ok'])
  })

  it('are those that are named; the others still say where the source is', async () => {
    const { events } = await read('id: 1\nevent: a\ndata: x\n\nid: 2\ndata: y\n\nid: 3\nevent: b\ndata: z\n\n', {
      events: new Set(['message', 'b']),
    })
    expect(events).toEqual([
      ['y', undefined, '2', '2'],
      ['z', 'b', '3', '3'],
    ])
  })

  it('have no positions when the source does not go on from them', async () => {
    expect((await read('id: 1\ndata: x\n\n', { resume: false })).events).toEqual([['x', undefined, '1', undefined]])
  })

  it('with an id that no header can carry back leave the position where it was', async () => {
    const { events } = await read(`id: 1\ndata: x\n\nid: a\u0001b\ndata: y\n\nid: ${'9'.repeat(5000)}\ndata: z\n\n`, {
      maxMessageBytes: 10_000,
    })
    expect(events.map(([, , , position]) => position)).toEqual(['1', '1', '1'])
  })
})

describe('an event over the limit', () => {
  it.each([
    ['in one piece', `data: ${'x'.repeat(101)}\n\n`, Infinity],
    ['in many', `data: ${'x'.repeat(500)}\n\n`, 16],
    ['that never ends', `data: ${'x'.repeat(500)}`, 16],
    ['of many lines', 'data: xxxxxxxx\n'.repeat(30), 16],
  ])('%s is too large, and those before it are kept', async (_how, large, pieceBytes) => {
    const { events, error } = await read(`data: before\n\n${large}`, {}, pieceBytes)
    expect(events.map(([data]) => data)).toEqual(['before'])
    expect(error).toMatchObject({ code: 'source_too_large', message: expect.stringContaining('100 bytes') as string })
  })

  it('is none at the limit, and comments are none either', async () => {
    const { events, error } = await read(`: ${'x'.repeat(500)}\ndata: ${'x'.repeat(94)}\n\n`, {}, 16)
    expect([events.length, error]).toEqual([1, undefined])
  })
})

it('an event by which the source reports an error ends it, without secrets', async () => {
  const { events, error } = await read('data: x\n\nevent: error\ndata: slow consumer s3cret\n\ndata: y\n\n')
  expect(events).toHaveLength(1)
  expect(error).toMatchObject({ code: 'source_unavailable', message: expect.stringContaining('slow consumer [redacted]') as string })
})
