import * as contracts from '@data-weaver/contracts'
import { jsonAjv } from '@data-weaver/contracts'
import { beforeAll, describe, expect, it } from 'vitest'
import { examples } from './examples.ts'
import { openApiDocument } from './openapi.ts'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly responses: Record<string, { description: string; content?: Record<string, object> }>
  readonly requestBody?: { required: boolean; content: Record<string, { example?: unknown; schema: object }> }
}

interface Described {
  readonly openapi: string
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, { readonly examples?: readonly unknown[] }>> }
}

let document: Described
let operations: [path: string, method: string, operation: Operation][]
beforeAll(async () => {
  document = (await openApiDocument()) as Described
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
  )
  jsonAjv.addSchema({ $id: 'described', ...document })
})

const problemsOf = (pointer: string, value: unknown): unknown => {
  const validate = jsonAjv.compile({ $ref: `described#/${pointer}` })
  return validate(structuredClone(value)) ? [] : validate.errors?.map(({ instancePath, message }) => `${pointer}${instancePath} ${message}`)
}

describe('the description of the API', () => {
  const routes = () => operations.map(([path, method]) => `${method.toUpperCase()} ${path}`).toSorted()

  it('is made without a server and is the same every time', async () => {
    expect(JSON.stringify(await openApiDocument())).toBe(JSON.stringify(document))
    expect(document.openapi).toBe('3.1.0')
  })

  it('has every route that reads', () => {
    expect(routes().filter((route) => route.startsWith('GET'))).toMatchInlineSnapshot(`
      [
        "GET /health/live",
        "GET /health/ready",
        "GET /metrics",
        "GET /v1/adapters",
        "GET /v1/adapters/{id}",
        "GET /v1/audits",
        "GET /v1/audits/{id}",
        "GET /v1/budgets",
        "GET /v1/budgets/{name}",
        "GET /v1/dead-letters",
        "GET /v1/dead-letters/groups",
        "GET /v1/documents",
        "GET /v1/documents/{id}",
        "GET /v1/events",
        "GET /v1/live",
        "GET /v1/operations",
        "GET /v1/operations/{id}",
        "GET /v1/overview",
        "GET /v1/results/{id}",
        "GET /v1/results/{id}/body",
        "GET /v1/runs",
        "GET /v1/runs/{id}",
        "GET /v1/runs/{id}/log",
        "GET /v1/runs/{id}/results",
        "GET /v1/session",
        "GET /v1/sinks",
        "GET /v1/streams",
        "GET /v1/streams/{id}",
        "GET /v1/streams/{id}/diff",
        "GET /v1/streams/{id}/results",
        "GET /v1/streams/{id}/runs",
        "GET /v1/streams/{id}/sinks",
        "GET /v1/streams/{id}/ticks",
        "GET /v1/streams/{id}/versions",
        "GET /v1/streams/{id}/vespa-schema",
        "GET /v1/workers",
      ]
    `)
  })

  it('has every route that changes something', () => {
    expect(routes().filter((route) => !route.startsWith('GET'))).toMatchInlineSnapshot(`
      [
        "DELETE /v1/budgets/{name}",
        "DELETE /v1/session",
        "DELETE /v1/streams/{id}",
        "DELETE /v1/streams/{id}/canary",
        "PATCH /v1/streams/{id}",
        "POST /v1/audits",
        "POST /v1/check",
        "POST /v1/dead-letters/discard",
        "POST /v1/dead-letters/redrive",
        "POST /v1/ingest/{id}",
        "POST /v1/runs/{id}/interrupt",
        "POST /v1/runs/{id}/release",
        "POST /v1/runs/{id}/retry",
        "POST /v1/session",
        "POST /v1/streams",
        "POST /v1/streams/actions",
        "POST /v1/streams/{id}/backfill",
        "POST /v1/streams/{id}/canary",
        "POST /v1/streams/{id}/canary/accept",
        "POST /v1/streams/{id}/check",
        "POST /v1/streams/{id}/pause",
        "POST /v1/streams/{id}/reparse",
        "POST /v1/streams/{id}/resume",
        "POST /v1/streams/{id}/rollback",
        "POST /v1/streams/{id}/start",
        "POST /v1/streams/{id}/stop",
        "POST /v1/streams/{id}/ticks/run",
        "POST /v1/streams/{id}/trigger",
        "POST /v1/workers/start",
        "POST /v1/workers/stop",
        "POST /v1/workers/{id}/drain",
        "PUT /v1/budgets/{name}",
        "PUT /v1/streams/{id}/cursor",
      ]
    `)
  })

  it('has a name for each route, a summary, a tag and its errors', () => {
    const ids = operations.map(([, , { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = document.tags.map(({ name }) => name)
    for (const [path, , { summary, tags: own, responses }] of operations) {
      expect(summary, path).toMatch(/^[A-Z]/)
      expect(tags, path).toEqual(expect.arrayContaining([...own]))
      for (const [status, { description, content }] of Object.entries(responses)) {
        expect(description, `${path} ${status}`).not.toBe('Default Response')
        if (Number(status) >= 400 && !path.startsWith('/health'))
          expect(Object.keys(content ?? {}), `${path} ${status}`).toEqual(['application/problem+json'])
      }
    }
  })

  it('refers only to what is in it', () => {
    const names = new Set(Object.keys(document.components.schemas))
    for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
      expect(names).toContain(reference)
    expect(JSON.stringify(document)).not.toMatch(/"\$ref":"(?!#\/components\/schemas\/)/)
  })

  it('has examples that fit their schemas', () => {
    for (const name of Object.keys(document.components.schemas)) {
      const [example] = document.components.schemas[name]?.examples ?? []
      expect(example, `an example of ${name}`).toBeDefined()
      expect(problemsOf(`components/schemas/${name}`, example)).toEqual([])
      const ours = (contracts as Record<string, unknown>)[name]
      if (ours !== undefined && name in examples) expect(jsonAjv.validate(ours as object, structuredClone(example)), name).toBe(true)
    }
  })

  it('says of no body that it is required where a request may come without one', () => {
    const optional = operations.filter(([, , { requestBody }]) => requestBody !== undefined && !requestBody.required)
    expect(optional.map(([, , { operationId }]) => operationId).toSorted()).toEqual([
      'beginAudit',
      'checkStream',
      'drainWorker',
      'reparseStream',
      'stopStream',
    ])
  })

  it('has an example of each body, which fits its schema and ours', () => {
    const bodies = operations.filter(([, , { requestBody }]) => requestBody !== undefined)
    expect(bodies.map(([, , { operationId }]) => operationId).toSorted()).toEqual([
      'actOnStreams',
      'backfillStream',
      'beginAudit',
      'changeStream',
      'checkStream',
      'checkUnsavedStream',
      'configureBudget',
      'createStream',
      'discardDeadLetters',
      'drainWorker',
      'ingest',
      'redriveDeadLetters',
      'reparseStream',
      'rollbackStream',
      'runTicks',
      'setCursor',
      'signIn',
      'startByMessage',
      'stopByMessage',
      'stopStream',
      'tryVersion',
    ])
    for (const [path, method, { requestBody }] of bodies) {
      const media = requestBody?.content['application/json'] as { example?: unknown; schema: { $ref?: string; examples?: unknown[] } }
      const component = media.schema.$ref?.split('/').at(-1)
      const example = media.example ?? media.schema.examples?.[0] ?? document.components.schemas[component ?? '']?.examples?.[0]
      expect(example, path).toBeDefined()
      const pointer = [
        'paths',
        path.replaceAll('~', '~0').replaceAll('/', '~1'),
        method,
        'requestBody',
        'content',
        'application~1json',
        'schema',
      ]
      expect(problemsOf(pointer.map(encodeURIComponent).join('/'), example)).toEqual([])
    }
  })
})
