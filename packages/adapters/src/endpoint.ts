import type { FieldProblem } from '@data-weaver/contracts'
import Type from 'typebox'

/**
 * The field `endpoint` of an adapter that knows where its source is.
 * @param example what such an address looks like
 * @param isDefault that it is where the source is asked when nothing is said, whatever else the configuration says
 */
export const endpointField = (description: string, example: string, { isDefault = false } = {}) =>
  Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s?#]+$',
      maxLength: 2048,
      ...(isDefault ? { default: example } : {}),
      description,
      examples: [example],
    }),
  )

/** What the schema cannot say of an endpoint. */
export function endpointProblems(endpoint: string | undefined, example: string, secretName: string): FieldProblem[] {
  if (endpoint === undefined) return []
  const field = 'config.endpoint'
  const url = URL.parse(endpoint)
  if (url === null) return [{ field, problem: 'is not a URL', hint: `For example ${example}.` }]
  if (url.username === '' && url.password === '') return []
  return [{ field, problem: 'has credentials in it', hint: `The API key goes into \`secrets.${secretName}\`.` }]
}

/** The address of a path below an endpoint, which may end in slashes or not. */
export const below = (endpoint: string, path: string): URL => new URL(`${endpoint.replace(/\/+$/, '')}/${path}`)
