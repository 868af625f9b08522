/** What of JSON Schema the description of the API uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: Schema
}

export interface DescribedOperation {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>> }
}

export interface OddRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** As it goes over the wire. */
  readonly body?: string
}

/** Numbers in [0, 1), the same for the same seed (mulberry32): a failure is had again by its seed. */
export function chances(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const oddTexts = [
  '',
  ' ',
  'a\u0000b',
  '\ud800',
  '\udfff tail',
  '‮abc‬',
  '👩‍👩‍👧‍👦',
  '__proto__',
  'constructor',
  'a/b',
  '../../etc/passwd',
  '%',
  '%00',
  '%2e%2e',
  "'; drop table streams; --",
  '{{',
  '{{a.b}}',
  '\\',
  'a\\',
  '(a+)+$',
  '*',
  'null',
  '-1',
  '1e309',
  '0x10',
  '99999999999999999999',
  'NaN',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:60Z',
  '2027-02-30T00:00:00Z',
  '2027-01-31T08:00:00+23:59',
  '+275760-09-13T00:00:00Z',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'http://user:pass@127.0.0.1:1/\u0000',
  'http://[::1',
  'x'.repeat(300),
  'é'.repeat(5000),
]
const oddNumbers = [0, -0, -1, 1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 1e21, 1e308, -1e308, 5e-324]
const oddValues = [null, true, false, [], {}, [[]], [null], { a: { b: [1] } }, JSON.parse('{"__proto__": {"polluted": true}}')] as const

/** Requests that are almost right: by the description, with something odd in some places. */
export class OddRequests {
  readonly #document: object
  readonly #random: () => number
  readonly #known: readonly string[]

  /** `known` are ids and names of things that there are. */
  constructor(document: object, random: () => number, known: readonly string[]) {
    this.#document = document
    this.#random = random
    this.#known = known
  }

  request(method: string, path: string, operation: DescribedOperation): OddRequest {
    const parameters = operation.parameters ?? []
    const query = new URLSearchParams()
    for (const { name, schema, required } of parameters.filter((each) => each.in === 'query')) {
      const times = required === true || this.#happens(0.4) ? (this.#happens(0.05) ? 2 : 1) : 0
      for (let time = 0; time < times; time++) query.append(name, wellFormed(this.#text(this.value(schema))))
    }
    if (this.#happens(0.05)) query.append(wellFormed(this.#pick(oddTexts)), 'x')
    const place = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
      const schema = parameters.find((each) => each.in === 'path' && each.name === name)?.schema ?? {}
      const text = this.#happens(0.7) && this.#known.length > 0 ? this.#pick(this.#known) : this.#text(this.value(schema))
      return this.#happens(0.02) ? text : encodeURIComponent(wellFormed(text))
    })
    const search = query.toString()
    const schema = operation.requestBody?.content['application/json']
    const body = schema === undefined ? this.#bodyOfNone() : this.#body(schema.schema, schema.example)
    return {
      method,
      url: (search === '' ? place : `${place}?${search}`).replaceAll(/[^\u0021-\u007e]/g, '%20'),
      headers: this.#headers(body),
      ...(body === undefined ? {} : { body }),
    }
  }

  /** A value of the schema, or something else. */
  value(schema: Schema, depth = 0): unknown {
    if (this.#happens(0.12)) return this.#odd()
    const given = this.#resolve(schema)
    if (given.const !== undefined) return given.const
    if (given.enum !== undefined) return this.#pick(given.enum)
    if (given.examples !== undefined && given.examples.length > 0 && this.#happens(0.4)) return structuredClone(this.#pick(given.examples))
    if (given.anyOf !== undefined) return this.value(this.#pick(given.anyOf), depth)
    const type = typeof given.type === 'object' ? this.#pick(given.type) : given.type
    if (type === 'object') return this.#object(given, depth)
    if (type === 'array')
      return Array.from({ length: (given.minItems ?? 0) + this.#below(3) }, () => this.value(given.items ?? {}, depth + 1))
    if (type === 'integer' || type === 'number') return this.#number(given)
    if (type === 'boolean') return this.#happens(0.5)
    if (type === 'null') return null
    if (type === 'string')
      return given.format === 'date-time' ? this.#time() : this.#pick([...this.#known, 'name', 'a.b', '0 0 * * *', 'Europe/Madrid'])
    return this.#odd()
  }

  #object(schema: Schema, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      const wanted = schema.required?.includes(name) === true ? 0.96 : 0.5 / (depth + 1)
      if (this.#happens(wanted)) object[name] = this.value(inner, depth + 1)
    }
    const more = schema.additionalProperties
    if (typeof more === 'object' && this.#happens(0.6))
      object[this.#happens(0.6) ? 'field' : this.#pick(oddTexts)] = this.value(more, depth + 1)
    if (this.#happens(0.06)) Object.defineProperty(object, this.#pick(oddTexts), { value: this.#odd(), enumerable: true })
    return object
  }

  #number({ minimum = 0, maximum = 1000 }: Schema): number {
    return this.#pick([minimum, maximum, minimum - 1, maximum + 1, Math.round(minimum + this.#random() * (maximum - minimum)), minimum + 1])
  }

  #time(): string {
    return this.#happens(0.3)
      ? this.#pick(oddTexts)
      : new Date(Date.UTC(2000 + this.#below(60), this.#below(12), this.#below(28))).toISOString()
  }

  #body(schema: Schema, example: unknown): string | undefined {
    const kind = this.#random()
    if (kind < 0.02) return undefined
    if (kind < 0.04) return this.#pick(['', 'null', '[]', '"text"', '{', '{"a":1,}', '\u0000', '[1e999]', '{"a":1}{}', '['.repeat(5000)])
    const value = example !== undefined && kind < 0.3 ? this.#changed(example) : this.value(schema)
    return JSON.stringify(value)
  }

  /** An example in which one place is odd. */
  #changed(example: unknown): unknown {
    const copy = structuredClone(example)
    let at: unknown = copy
    while (typeof at === 'object' && at !== null && Object.keys(at).length > 0) {
      const inside: Record<string, unknown> = at as Record<string, unknown>
      const key = this.#pick(Object.keys(inside))
      if (typeof inside[key] === 'object' && inside[key] !== null && this.#happens(0.7)) at = inside[key]
      else {
        inside[key] = this.#odd()
        return copy
      }
    }
    return copy
  }

  #bodyOfNone(): string | undefined {
    return this.#happens(0.1) ? JSON.stringify(this.#odd()) : undefined
  }

  #headers(body: string | undefined): Record<string, string> {
    const headers: Record<string, string> = {}
    if (body !== undefined)
      headers['content-type'] = this.#happens(0.96)
        ? 'application/json'
        : this.#pick(['text/plain', 'x', 'application/xml', 'application/json; charset=utf-16'])
    if (this.#happens(0.1)) headers['if-match'] = this.#pick(['*', '"1"', 'W/"1"', '"', '1', '"99999999999999999999"', '"-1"', '"a", "1"'])
    if (this.#happens(0.1)) headers['idempotency-key'] = this.#pick(['k', 'x'.repeat(300), ' ', '"', '%00', 'key with spaces'])
    if (this.#happens(0.05)) headers['accept'] = this.#pick(['text/html', 'x', '*/*;q=0', 'application/json;version=99'])
    if (this.#happens(0.05)) headers['range'] = this.#pick(['bytes=0-1', 'bytes=-1', 'bytes=5-1', 'bytes=99999999999999999999-', 'x'])
    return headers
  }

  #odd(): unknown {
    const kind = this.#random()
    if (kind < 0.5) return this.#pick(oddTexts)
    return kind < 0.8 ? this.#pick(oddNumbers) : structuredClone(this.#pick(oddValues))
  }

  #resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema
    const found = schema.$ref
      .slice(2)
      .split('/')
      .reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], this.#document)
    return this.#resolve(found as Schema)
  }

  #text(value: unknown): string {
    return typeof value === 'string' ? value : JSON.stringify(value)
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)] as T
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #happens(chance: number): boolean {
    return this.#random() < chance
  }
}

/** A URL cannot hold half of a surrogate pair at all: an encoder throws. */
const wellFormed = (text: string): string => text.toWellFormed()
