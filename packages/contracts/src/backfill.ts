import Type, { type Static } from 'typebox'

/** Runs that one backfill is divided into at most. */
export const mostBackfillRuns = 100

const strict = { additionalProperties: false } as const
const dryRun = Type.Optional(Type.Boolean({ description: 'Only answer which runs there would be.' }))
const time = Type.String({ format: 'date-time' })

/** What is to be fetched again. */
export const BackfillRequest = Type.Union(
  [
    Type.Object(
      {
        since: Type.String({ format: 'date-time', description: 'Beginning of the stretch of time that is fetched again.' }),
        until: Type.Optional(Type.String({ format: 'date-time', description: 'Its end. Default: now.' })),
        window: Type.Optional(
          Type.Integer({
            minimum: 1000,
            maximum: 3660 * 86_400_000,
            description: `One run for each part of so many milliseconds, at most ${mostBackfillRuns}, the oldest first. Default: one run.`,
          }),
        ),
        dryRun,
      },
      strict,
    ),
    Type.Object(
      { cursor: Type.Unknown({ description: 'A checkpoint of the adapter to begin with, or null: from the beginning.' }), dryRun },
      strict,
    ),
  ],
  {
    description: 'A stretch of time, or a cursor to begin with.',
    examples: [{ since: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z', dryRun: true }],
  },
)
export type BackfillRequest = Static<typeof BackfillRequest>

export const Backfill = Type.Object(
  {
    runs: Type.Array(
      Type.Object({
        id: Type.Union([Type.String({ format: 'uuid' }), Type.Null()], { description: 'Of the run; null in a preview.' }),
        since: Type.Union([time, Type.Null()]),
        until: Type.Union([time, Type.Null()]),
        cursor: Type.Unknown({ description: 'What it begins with.' }),
      }),
      { description: 'The oldest first. They run one after the other, beside the runs of the schedule.' },
    ),
    operation: Type.Union([Type.String({ format: 'uuid' }), Type.Null()], {
      description: 'The operation that tells how far they are; null in a preview.',
    }),
    bounded: Type.Boolean({
      description: 'The source is asked for nothing beyond `until`. Otherwise a run fetches all that there is since its beginning.',
    }),
  },
  { $id: 'Backfill' },
)
export type Backfill = Static<typeof Backfill>
