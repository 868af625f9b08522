import Type, { type Static } from 'typebox'

/** A schema of Vespa that fits the documents of a stream. */
export const VespaSchemaProposal = Type.Object(
  {
    documentType: Type.String({ examples: ['madrid_air'] }),
    schema: Type.String({ description: 'The schema, for `schemas/<documentType>.sd` of the application package.' }),
    service: Type.String({ description: 'A line for the documents of `services.xml`.' }),
    sink: Type.Record(Type.String(), Type.Unknown(), { description: 'The entry for the sinks of the stream.' }),
    notes: Type.Array(Type.String(), { description: 'What was left out, and why.' }),
    results: Type.Integer({ minimum: 0, description: 'Stored results that were read.' }),
    documents: Type.Integer({ minimum: 0, description: 'Documents of theirs.' }),
  },
  { $id: 'VespaSchemaProposal' },
)
export type VespaSchemaProposal = Static<typeof VespaSchemaProposal>
