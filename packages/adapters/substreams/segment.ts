import { WeaverError } from '@data-weaver/contracts'
import type { Block, BlockPlace } from './block.ts'
import type { BlockFacts } from './output.ts'

// A segment is lines of JSON. The first has what is needed to read the others (see descriptors.ts); then there is a line for each block with
// output, which is kept byte for byte as the module gave it; or one line that takes blocks back. Blocks without output leave no line,
// only a place in the range.

export const segmentContentType = 'application/x-ndjson'

/** What all segments of a run have in common. */
export interface SegmentHeader {
  readonly format: 'substreams-1'
  readonly module: string
  /** SHA-256 of the package, in hexadecimal. */
  readonly package: string
  /** Full name of the output's message. */
  readonly type: string
  readonly descriptors: string
}

/** A block with its output in base64. */
export interface BlockLine {
  readonly block: BlockFacts
  readonly output: string
}

/** Takes blocks back: those that were forgotten, and what is known of blocks that still hold, oldest first. */
export interface UndoLine {
  readonly undo: BlockPlace
  readonly forgotten: readonly BlockLine[]
  readonly kept: readonly BlockLine[]
}

export type Line = BlockLine | UndoLine

export const blockLine = ({ number, id, time, output }: Pick<Block, 'number' | 'id' | 'time' | 'output'>): BlockLine => ({
  block: { number, id, time },
  output: Buffer.from(output.buffer, output.byteOffset, output.byteLength).toString('base64'),
})

export const outputOf = ({ output }: BlockLine): Uint8Array => Buffer.from(output, 'base64')

/** @param range the blocks that the segment stands for, with and without output. */
export function segmentBody(
  header: SegmentHeader,
  range: { readonly first: number; readonly last: number } | undefined,
  lines: Iterable<string>,
): Uint8Array {
  const first = JSON.stringify(range === undefined ? header : { ...header, blocks: range })
  return Buffer.from(`${[first, ...lines].join('\n')}\n`)
}

/** @throws WeaverError `source_malformed` when it is no segment, or one of another format. */
export function readSegment(body: Uint8Array): { readonly header: SegmentHeader; readonly lines: readonly Line[] } {
  let header: SegmentHeader
  let lines: Line[]
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    const parsed = text.split('\n').flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line)]))
    header = parsed[0] as SegmentHeader
    lines = parsed.slice(1) as Line[]
  } catch {
    throw unreadable('it is not lines of JSON')
  }
  if (header?.format !== 'substreams-1') throw unreadable('its first line does not say that it is one')
  if (typeof header.type !== 'string' || typeof header.descriptors !== 'string') throw unreadable('its first line has no descriptors')
  if (!lines.every(isLine)) throw unreadable('it has a line that is neither a block nor an undo')
  return { header, lines }
}

const isLine = (line: Line | null): boolean =>
  typeof line === 'object' &&
  line !== null &&
  ('undo' in line
    ? Array.isArray(line.forgotten) && Array.isArray(line.kept) && [...line.forgotten, ...line.kept].every(isBlock)
    : isBlock(line))

const isBlock = (line: BlockLine | null): boolean => typeof line?.block?.number === 'number' && typeof line.output === 'string'

const unreadable = (problem: string): WeaverError =>
  new WeaverError('source_malformed', `The stored page is no segment of blocks that can be read: ${problem}.`)
