import type { Rec, RecordProblem, StoredPage } from '@data-weaver/contracts'
import { unpackDescriptors } from './descriptors.ts'
import { type OutputReader, outputReader, type ReadingConfig } from './output.ts'
import { type BlockLine, outputOf, readSegment, type UndoLine } from './segment.ts'

/** Pure: a segment has the descriptors of its output with it. */
export function* records(page: StoredPage, config: ReadingConfig): Generator<Rec | RecordProblem> {
  const { header, lines } = readSegment(page.body)
  const read = outputReader(unpackDescriptors(header.descriptors, header.type), config)
  for (const line of lines) {
    if ('undo' in line) yield* undone(line, read)
    else yield* read(line.block, outputOf(line))
  }
}

/**
 * A record for each key that a forgotten block wrote: as the last block that still holds and is known wrote it, or deleted when none is
 * known. What could not be read in a forgotten block became no document, so there is nothing to take back.
 */
function* undone({ forgotten, kept }: UndoLine, read: OutputReader): Generator<Rec> {
  const written = latest(forgotten, read, () => true)
  const before = latest(kept, read, (name) => written.has(name))
  for (const [name, { key }] of written) yield before.get(name) ?? { key, fields: {}, deleted: true }
}

/** The last record of each key that is asked for, by the key as text. */
function latest(lines: readonly BlockLine[], read: OutputReader, wanted: (name: string) => boolean): Map<string, Rec> {
  const found = new Map<string, Rec>()
  for (const line of lines) {
    for (const record of read(line.block, outputOf(line))) {
      if ('problem' in record) continue
      const name = JSON.stringify(record.key)
      if (wanted(name)) found.set(name, record)
    }
  }
  return found
}
