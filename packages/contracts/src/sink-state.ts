import Type, { type Static } from 'typebox'

const count = (description: string) => Type.Integer({ minimum: 0, description })
const milliseconds = (description: string) => Type.Number({ minimum: 0, description })

const statistics = {
  documents: count('Documents that it took since the sink was opened, superseded ones among them.'),
  documentsPerSecond: Type.Number({ minimum: 0, description: 'Of the last ten seconds.' }),
  rejected: count('Documents that it refused for good.'),
  window: count('Operations that may be under way at once: what the sink was found to take.'),
  inFlight: count('Operations under way.'),
  overloads: count('Times that it said that it is too much (429).'),
  retries: count('Operations sent again for another reason.'),
  latencyMs: Type.Object(
    { p50: milliseconds('Half of the answers came within.'), p90: milliseconds('Nine of ten.'), p99: milliseconds('99 of 100.') },
    { description: 'Of the last 1,024 answers, milliseconds. Of several workers the slowest counts.' },
  ),
  embedding: Type.Optional(
    Type.Object(
      {
        requests: count('Requests to the endpoint that embeds texts.'),
        texts: count('Texts that it embedded.'),
        reused: count('Texts whose vector was there already.'),
        overloads: count('Times that it asked to slow down (429).'),
        retries: count('Requests sent again for another reason.'),
      },
      { description: 'Where texts are embedded.' },
    ),
  ),
}

/** How a sink does, as workers said lately. */
export const SinkState = Type.Object(
  {
    sink: Type.String({ description: 'Kind of the sink.', examples: ['vespa'] }),
    target: Type.String({ description: 'Which one of its kind.', examples: ['weaver/earthquake'] }),
    ...statistics,
    workers: Type.Array(Type.Object({ worker: Type.String({ description: 'Id of the worker.' }), ...statistics }), {
      description: 'The same by worker.',
    }),
  },
  { $id: 'SinkState' },
)
export type SinkState = Static<typeof SinkState>
