import type { Json, JsonObject } from '@data-weaver/contracts'
import { parsePath } from '../src/path.ts'
import type { Parameter } from './pagination/paging.ts'
import type { PartitionRequest } from './schema/request.ts'
import { jsonTemplate, type Scalar, type Scope, template } from './template.ts'

export interface Body {
  readonly text: string
  readonly type: string
}

/** The body of a request, with what goes into it; undefined where there is none. */
export type BodyWriter = (scope: Scope, parameters: readonly Parameter[]) => Body | undefined

export function bodyWriter(request: PartitionRequest, values: Readonly<Record<string, Scalar>>): BodyWriter {
  if (request.form !== undefined) return formWriter(request.form, values)
  if (request.text !== undefined) {
    const fill = template(request.text, { values })
    return (scope) => ({ text: fill(scope) ?? '', type: 'text/plain; charset=utf-8' })
  }
  const fill = request.body === undefined ? undefined : jsonTemplate(request.body as Json, { values })
  return (scope, parameters) => {
    const inside = parameters.filter(({ into }) => into === 'body')
    if (fill === undefined && inside.length === 0) return undefined
    const json = inside.reduce<Json>((holder, { name, value }) => withValue(holder, parsePath(name), value), fill?.(scope) ?? {})
    return { text: JSON.stringify(json), type: 'application/json' }
  }
}

function formWriter(form: Readonly<Record<string, Scalar>>, values: Readonly<Record<string, Scalar>>): BodyWriter {
  const fields = Object.entries(form).map(([name, value]) => [name, template(String(value), { values })] as const)
  return (scope, parameters) => {
    const filled = new URLSearchParams()
    for (const [name, fill] of fields) {
      const value = fill(scope)
      if (value !== undefined) filled.set(name, value)
    }
    for (const { name, value, into } of parameters) if (into === 'body') filled.set(name, String(value))
    return { text: filled.toString(), type: 'application/x-www-form-urlencoded' }
  }
}

/** The JSON with another value at a path; what is on the way to it is made where it is not there. The JSON itself stays as it is. */
function withValue(json: Json, [key, ...rest]: readonly string[], value: Json): Json {
  if (key === undefined) return value
  if (Array.isArray(json))
    return (json as readonly Json[]).map((item, index) => (String(index) === key ? withValue(item, rest, value) : item))
  const holder: JsonObject = typeof json === 'object' && json !== null ? (json as JsonObject) : {}
  const inner = Object.hasOwn(holder, key) ? (holder[key] as Json) : {}
  return { ...holder, [key]: withValue(inner, rest, value) }
}
