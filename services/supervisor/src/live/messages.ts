import { Document } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'

/** Fields of this size or less come with the message, bytes of JSON. */
export const maxLiveFieldsBytes = 64 * 1024

/** A new or changed document, as `GET /v1/live` sends it. */
export const LiveDocument = Type.Object(
  {
    ...Document.properties,
    fieldsOmitted: Type.Boolean({
      description: `Whether the fields were left out because they are larger than ${maxLiveFieldsBytes / 1024} KiB; GET /v1/documents/{id} has them.`,
    }),
  },
  { $id: 'LiveDocument' },
)
export type LiveDocument = Static<typeof LiveDocument>

/** A document that its source took back. */
export const LiveDeletion = Type.Object(
  {
    id: Document.properties.id,
    stream: Document.properties.stream,
    seq: Document.properties.seq,
    changedAt: Document.properties.changedAt,
  },
  { $id: 'LiveDeletion' },
)
export type LiveDeletion = Static<typeof LiveDeletion>

/** Why a connection ends that was too slow to take what there was for it. */
export const slowConsumer = { code: 'slow_consumer', detail: 'Read faster, or ask for fewer streams. Resume behind the last id.' } as const
