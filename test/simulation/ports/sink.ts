import type { Doc, Rejection, Sink } from '@data-weaver/contracts'
import type { Process } from '../world/process.ts'

/** A document as the sink has it. */
export type KeptDocument = Pick<Doc, 'id' | 'stream' | 'seq' | 'fields' | 'lineage'>

/** Every so often a batch arrives in two pieces. */
const inPieces = 0.2

/** Documents by id; a write that is older than what is there changes nothing. */
export class SimulatedSink {
  readonly documents = new Map<string, KeptDocument>()
  /** Told when a process sends documents of a stream, before they arrive. */
  readonly #onSend: (process: Process, streamIds: ReadonlySet<string>) => void

  constructor(onSend: (process: Process, streamIds: ReadonlySet<string>) => void) {
    this.#onSend = onSend
  }

  port(process: Process): Sink {
    return {
      upsert: async (batch, signal) => {
        const whole = batch.length < 2 || !process.world.chance.is(inPieces)
        const cut = whole ? 0 : process.world.chance.between(1, batch.length - 1)
        const pieces = whole ? [batch] : [batch.slice(0, cut), batch.slice(cut)]
        let index = 0
        const rejections: Rejection[] = []
        for (const piece of pieces) {
          signal.throwIfAborted()
          this.#onSend(process, new Set(piece.map(({ lineage }) => lineage.streamId)))
          const first = index
          rejections.push(...(await process.call('sink', `upserts ${piece.length}`, () => this.#write(piece, first), signal)))
          index += piece.length
        }
        return rejections
      },
      close: () => Promise.resolve(),
    }
  }

  #write(docs: readonly Doc[], first: number): readonly Rejection[] {
    const rejections: Rejection[] = []
    for (const [index, doc] of docs.entries()) {
      if (isRefused(doc.fields)) rejections.push({ index: first + index, code: 'sink_rejected', message: 'not here' })
      else if (!isOlder(doc, this.documents.get(doc.id))) this.documents.set(doc.id, doc)
    }
    return rejections
  }
}

/** The sink takes no document with this mark. */
const isRefused = (fields: Doc['fields']): boolean => fields['refused'] === true

const rank = ({ seq, lineage }: KeptDocument): readonly number[] => [seq, lineage.transformVersion, lineage.record]

function isOlder(doc: KeptDocument, than: KeptDocument | undefined): boolean {
  if (than === undefined) return false
  const [ours, theirs] = [rank(doc), rank(than)]
  const index = ours.findIndex((value, at) => value !== theirs[at])
  return index !== -1 && (ours[index] as number) < (theirs[index] as number)
}
