import { createHash } from 'node:crypto'
import Type, { type Static } from 'typebox'

export const Document = Type.Object(
  {
    id: Type.String({ examples: ['earthquakes:ci38457511'] }),
    stream: Type.String({ description: 'Name of the stream.' }),
    seq: Type.Integer({ description: 'Sequence number of the result that last wrote it.' }),
    fields: Type.Record(Type.String(), Type.Unknown()),
    lineage: Type.Object({
      resultId: Type.String({ format: 'uuid' }),
      record: Type.Integer({ minimum: 0, description: 'Index of the record in the page.' }),
      runId: Type.String({ format: 'uuid' }),
      streamId: Type.String({ format: 'uuid' }),
      streamVersion: Type.Integer(),
      transformVersion: Type.Integer(),
    }),
    changedAt: Type.String({
      format: 'date-time',
      description: 'When the fields last changed; of Vespa, when the document was last written.',
    }),
    revision: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
      description: 'How often the fields changed, 1 for a new document; null where the sink does not count.',
    }),
  },
  { $id: 'Document' },
)
export type Document = Static<typeof Document>

/** Longest document id, characters; a longer key is replaced by its hash. */
const maxIdLength = 512

/**
 * The id of the document of a record: `<stream>:<key>`, key parts joined by `:`. `%`, `:` and control characters inside a part
 * are percent-encoded, so different keys never give the same id.
 */
export function documentId(stream: string, key: readonly (string | number)[]): string {
  const id = `${stream}:${key.map((part) => String(part).toWellFormed().replace(unsafe, encodeURIComponent)).join(':')}`
  if (id.length <= maxIdLength) return id
  return `${stream}:sha256-${createHash('sha256').update(id).digest('hex')}`
}

const unsafe = /[%:\p{Cc}]/gu
