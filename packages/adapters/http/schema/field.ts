import Type from 'typebox'
import { pathPattern } from '../../src/path.ts'

export const strict = { additionalProperties: false } as const

/** Pages of one run when the configuration does not say otherwise. */
export const defaultMaxPages = 1000

export const path = (description: string, example: string) =>
  Type.String({
    pattern: pathPattern,
    maxLength: 512,
    description: `${description} A dotted path: \`a.0.b\` indexes arrays, \`a\\.b\` is one key.`,
    examples: [example],
  })

export const parameter = (description: string, example: string) =>
  Type.String({ minLength: 1, maxLength: 200, description, examples: [example] })

export const secretName = (what: string) =>
  Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$',
    description: `Name of the secret that is ${what}; its value goes into the stream's \`secrets\`.`,
    examples: ['key'],
  })

export const scalar = Type.Union([Type.String({ maxLength: 8192 }), Type.Number(), Type.Boolean()], {
  description: 'Text, a number, true or false.',
})

/** What a path may be compared with. */
export const comparable = (description: string, example: unknown) => Type.Union([scalar, Type.Null()], { description, examples: [example] })

/** Names of what placeholders stand for. */
export const valueNamePattern = '^[A-Za-z_][A-Za-z0-9_]{0,63}$'

/** Where a parameter goes. */
export const into = Type.Optional(
  Type.Enum(['query', 'body'], {
    description: 'Where the parameter goes. Absent: into the query; or into `request.body` (a dotted path) or `request.form` (a field).',
  }),
)
