import Type, { type Static } from 'typebox'

const count = (description: string) => Type.Integer({ minimum: 0, description })

/** What somebody who looks after the system wants to know first. */
export const Overview = Type.Object(
  {
    streams: Type.Object({
      total: count('All streams.'),
      started: count('Started.'),
      paused: count('Paused, by somebody or by failures.'),
      stopped: count('Stopped.'),
      late: count('Started, and behind.'),
      failing: count('The last run failed.'),
      waiting: count('A run waits for a rate budget.'),
    }),
    workers: Type.Object({
      up: count('Workers that take work.'),
      draining: count('Workers that end what they have.'),
      lost: count('Workers without a sign of life for 30 s.'),
      slots: count('Runs that those that are up execute at once.'),
      running: count('Runs in the hands of workers.'),
    }),
    deliveries: Type.Object({
      pending: count('Results on their way to a sink.'),
      held: count('Results held back by a stop.'),
    }),
    deadLetters: count('Open dead letters.'),
    operations: count('Operations that are not complete.'),
    perMinute: Type.Object(
      {
        runs: count('Ticks and other runs that began.'),
        documents: count('Documents that sinks acknowledged.'),
      },
      { description: 'In the last minute; at a very high pace carried over from the newest 5,000.' },
    ),
  },
  { $id: 'Overview' },
)
export type Overview = Static<typeof Overview>
