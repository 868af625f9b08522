import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const

export const conversions = ['string', 'number', 'integer', 'boolean', 'json', 'time', 'epochSeconds', 'epochMillis'] as const

/** One field of the document: where its value comes from and what becomes of it. */
export const FieldMapping = Type.Union(
  [
    Type.String({ minLength: 1, maxLength: 512, description: 'Short form of {"path": …}.' }),
    Type.Object(
      {
        path: Type.String({
          minLength: 1,
          maxLength: 512,
          description: 'Dotted path into the record; `a.0.b` indexes arrays, `a\\.b` is one key.',
        }),
        convert: Type.Optional(
          Type.Enum([...conversions], {
            description:
              'string, number, integer, boolean, json (to text); time (any common form to ISO 8601), epochSeconds and epochMillis (a number to ISO 8601).',
          }),
        ),
        default: Type.Optional(Type.Unknown({ description: 'Value when the path leads nowhere or to null.' })),
        required: Type.Optional(Type.Boolean({ description: 'A record without it becomes a dead letter.' })),
      },
      strict,
    ),
    Type.Object({ constant: Type.Unknown({ description: 'Always this value.' }) }, strict),
    Type.Object(
      {
        template: Type.String({
          minLength: 1,
          maxLength: 2048,
          description: 'Text with {{path}} placeholders; one that leads nowhere is empty.',
        }),
      },
      strict,
    ),
  ],
  { description: 'A path, or an object with `path`, `constant` or `template`.' },
)
export type FieldMapping = Static<typeof FieldMapping>

/** Declarative mapping from a record to the fields of a document. Without one the record is the document. */
export const Transform = Type.Object(
  {
    fields: Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' }), FieldMapping, {
      additionalProperties: false,
      description: 'Document fields by name.',
      minProperties: 1,
      maxProperties: 500,
    }),
  },
  { ...strict, description: 'How a record becomes a document.' },
)
export type Transform = Static<typeof Transform>
