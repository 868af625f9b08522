import { jsonAjv } from '@data-weaver/contracts'
import type { FastifyInstance } from 'fastify'

interface Operation {
  readonly operationId?: string
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let documents = 0

/**
 * Answers what differs between an answer and the description of the API: an undocumented status or media type, a field that does
 * not fit, or a field that is not described. Undefined when nothing does; paths that are not described are not looked at.
 */
export function documentation(
  app: FastifyInstance,
): (
  method: string,
  url: string,
  answer: { status: number; headers: Readonly<Record<string, string>>; text: string },
) => string | undefined {
  const document = app.swagger() as unknown as ApiDocument
  const root = `api-${(documents += 1)}`
  jsonAjv.addSchema({ $id: root, ...(closed(document) as object) })
  return (method, url, { status, headers, text }) => {
    const path = pathOf(document, url)
    const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()]
    if (path === undefined || operation === undefined) return undefined
    const response = operation.responses[status]
    if (response === undefined) return `${method} ${path} answered ${status}, which is not described: ${text}`
    const type = headers['content-type']?.split(';', 1)[0] ?? ''
    if (response.content === undefined) return text === '' ? undefined : `${method} ${path} answered a body with ${status}`
    if (response.content['*/*'] !== undefined) return undefined
    if (response.content[type] === undefined) return `${method} ${path} answered ${type} with ${status}`
    if (!type.endsWith('json')) return undefined
    const pointer = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'].map(escape).join('/')
    const validate = jsonAjv.compile({ $ref: `${root}#/${pointer}` })
    if (validate(JSON.parse(text))) return undefined
    const errors = validate.errors?.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    return `${method} ${path} answered ${status} with ${errors?.join('; ')}: ${text}`
  }
}

const escape = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

function pathOf({ paths }: ApiDocument, url: string): string | undefined {
  const parts = (url.split('?', 1)[0] ?? '').split('/')
  const fits = (path: string) => {
    const pattern = path.split('/')
    return pattern.length === parts.length && pattern.every((part, index) => part.startsWith('{') || part === parts[index])
  }
  return Object.keys(paths)
    .toSorted((a, b) => a.split('{').length - b.split('{').length)
    .find(fits)
}

/** Every object that names its fields has no others. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'examples' || key === 'example' ? inner : closed(inner)]),
  )
  const isObject = typeof copy['properties'] === 'object' && copy['type'] === 'object' && copy['additionalProperties'] === undefined
  return isObject ? { ...copy, additionalProperties: false } : copy
}
