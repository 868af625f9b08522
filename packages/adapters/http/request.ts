import { type HttpRequest, WeaverError } from '@data-weaver/contracts'
import { type Body, bodyWriter } from './body.ts'
import type { Parameter } from './pagination/paging.ts'
import type { Position } from './pagination/position.ts'
import { removeParameter, setParameter } from './query.ts'
import type { PartitionRequest } from './schema/request.ts'
import { placeholdersIn, type Scalar, type Scope, template } from './template.ts'

/** What differs between the requests of a run. */
export interface Asked {
  readonly at: Position | undefined
  readonly parameters: readonly Parameter[]
  readonly scope: Scope
}

/** A request of a configuration, compiled. */
export interface RequestPlan {
  /** Credentials go there and nowhere else. */
  readonly origin: string
  readonly method: NonNullable<HttpRequest['method']>
  readonly limits: Pick<HttpRequest, 'maxBytes' | 'timeoutMs'>
  /** The address of a page, without credentials. */
  address(asked: Asked): URL
  body(asked: Asked): Body | undefined
  /** Headers for the own origin, or for another one, which sees only those that any may see. */
  headers(asked: Asked, own: boolean): Readonly<Record<string, string>>
}

export interface RequestSurroundings {
  readonly values: Readonly<Record<string, Scalar>>
  /** Query parameter that carries the credentials, if one does. */
  readonly ownQuery: string | undefined
  readonly accept: string
}

const nothing: Scope = { cursor: undefined, partition: {} }

export function requestPlan(request: PartitionRequest, { values, ownQuery, accept }: RequestSurroundings): RequestPlan {
  const { method = 'GET', maxBytes, timeout } = request
  const start = startAddress(request, values)
  const query = Object.entries(request.query ?? {}).map(([name, value]) => [name, template(String(value), { values })] as const)
  const whole = (scope: Scope): URL => {
    const url = new URL(start(scope))
    url.hash = ''
    for (const [name, fill] of query) {
      const value = fill(scope)
      if (value === undefined) removeParameter(url, name)
      else setParameter(url, name, value)
    }
    return url
  }
  const texts = [request.url, request.base, request.path, ...Object.values(request.query ?? {}).map(String)]
  const changes = texts.some((text) => placeholdersIn(text ?? '').some((name) => !name.startsWith('config.')))
  const fixed = changes ? undefined : whole(nothing).href
  const write = bodyWriter(request, values)
  return {
    origin: originOf(request, values),
    method,
    limits: { ...(maxBytes === undefined ? {} : { maxBytes }), ...(timeout === undefined ? {} : { timeoutMs: timeout }) },
    address({ at, parameters, scope }) {
      if (at?.type === 'next') return new URL(at.url)
      const url = fixed === undefined ? whole(scope) : new URL(fixed)
      for (const { name, value, into } of parameters) if (into === 'query') setParameter(url, name, String(value))
      if (ownQuery !== undefined) removeParameter(url, ownQuery)
      return url
    },
    body: ({ parameters, scope }) => write(scope, parameters),
    headers: headerWriter(request, accept, values),
  }
}

/** The origin of all requests: what changes between them has no part in it. */
export function originOf({ url, base }: PartitionRequest, values: Readonly<Record<string, Scalar>>): string {
  const constant = (url ?? base ?? '').replaceAll(/\{\{\s*(?:cursor|partition\.[\w.-]+)\s*\}\}/g, 'x')
  return new URL(template(constant, { values })(nothing) ?? '').origin
}

function startAddress({ url, base, path }: PartitionRequest, values: Readonly<Record<string, Scalar>>): (scope: Scope) => string {
  const fill =
    url === undefined
      ? joined(
          template(base ?? '', { values, write: encodeURIComponent }),
          template(path ?? '', { values, writeConfig: encodeURIComponent, write: encodeURIComponent }),
        )
      : template(url, { values, write: encodeURIComponent })
  return (scope) => {
    const address = fill(scope)
    if (address !== undefined) return address
    throw new WeaverError('invalid_config', 'The address has a placeholder that stands for nothing yet: set `incremental.start`', {
      errors: [{ field: 'config.incremental.start', problem: 'is missing', hint: 'The address has {{cursor}} in it.' }],
    })
  }
}

type Fill = (scope: Scope) => string | undefined

const joined =
  (base: Fill, path: Fill): Fill =>
  (scope) => {
    const [front, back] = [base(scope), path(scope)]
    if (front === undefined || back === undefined) return undefined
    return back === '' ? front : `${front.replace(/\/+$/, '')}/${back.replace(/^\/+/, '')}`
  }

/** Headers that any origin may see. All others of the configuration may be meant for one origin only. */
const harmless = new Set(['accept', 'accept-language', 'content-type', 'user-agent'])

function headerWriter(
  { headers = {} }: PartitionRequest,
  accept: string,
  values: Readonly<Record<string, Scalar>>,
): RequestPlan['headers'] {
  const all = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), template(value, { values })] as const)
  const seen = all.filter(([name]) => harmless.has(name))
  return ({ scope }, own) => {
    const written: Record<string, string> = { accept }
    for (const [name, fill] of own ? all : seen) {
      const value = fill(scope)
      if (value !== undefined) written[name] = value
    }
    return written
  }
}
