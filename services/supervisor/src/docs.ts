import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { problemsOf } from './answers.ts'
import { emptyBody } from './empty-body.ts'
import { examples } from './examples.ts'

/** Nothing from elsewhere. The page styles itself inline and shows its icons as data. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const description = `Keeps streams and their schedules, and shows what became of them.

Send \`Authorization: Bearer <token>\` with every request but those for health and this page; browsers may sign in for a session
instead. Errors are problem details (RFC 9457); their \`code\` is stable. Lists answer \`{"items": […], "next": "…" | null}\`: pass \`next\` as \`after\` for the next page. Creating calls take an
\`Idempotency-Key\`. A stream answers with an ETag, and changing calls take it in \`If-Match\`.`

const tags = [
  { name: 'Streams', description: 'What to fetch, when, how to transform it and where it goes.' },
  { name: 'Runs', description: 'Executions of a stream.' },
  { name: 'Operations', description: 'Actions on many streams, stops and drains, and how far they are.' },
  { name: 'Results', description: 'References to stored raw responses.' },
  { name: 'Ingest', description: 'What sources send by themselves.' },
  { name: 'Documents', description: 'What became of the records.' },
  { name: 'Adapters', description: 'Kinds of sources.' },
  { name: 'Workers', description: 'The processes that fetch and deliver.' },
  { name: 'Budgets', description: 'Limits of sources, kept by all workers together.' },
  { name: 'Sinks', description: 'How the places do that documents go to, and whether they have what they should have.' },
  { name: 'Messages', description: 'Start and stop in one short message.' },
  { name: 'Events', description: 'What happens, as it happens.' },
  { name: 'Session', description: 'Signing in, for browsers.' },
  { name: 'Health', description: 'For probes and Prometheus.' },
]

/** Describes the API from its routes: OpenAPI 3.1 at /docs/json, a page at /docs. Register it before the routes. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  describeRefusals(app)
  const optional = bodiesThatMayBeLeftOut(app)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Data Weaver', version, description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      tags,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'The admin token.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'weaver_session',
            description: 'A session of a browser, see POST /v1/session. Over HTTPS the name is `__Host-weaver_session`.',
          },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
    // 3.1 is JSON Schema, which has constants.
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => (typeof schema.$id === 'string' ? schema.$id : `schema-${index}`),
    },
    transformObject: (document) =>
      withOptional(withExamples('openapiObject' in document ? document.openapiObject : document.swaggerObject), optional),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentSecurityPolicy,
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      persistAuthorization: false,
      tryItOutEnabled: true,
      // Runs in the page: so that whoever is signed in to the console can try out everything here as well.
      requestInterceptor: (request) => {
        request['headers'] = { ...request['headers'], 'x-weaver-client': '1' }
        return request
      },
    },
    theme: { title: 'Data Weaver API' },
  })
}

/** What can become of any request before its route sees it, so that no route has to say it and none forgets. */
function describeRefusals(app: FastifyInstance): void {
  const always = problemsOf(['invalid_request'])
  const ofBodies = problemsOf(['invalid_request', 'payload_too_large', 'unsupported_media_type'])
  app.addHook('onRoute', ({ method, schema }) => {
    if (schema?.response === undefined) return
    const readsOnly = [method].flat().every((one) => one === 'GET' || one === 'HEAD')
    schema.response = { ...(readsOnly ? always : ofBodies), ...schema.response }
  })
}

/** Operations that take a request without a body; filled as routes are added. */
function bodiesThatMayBeLeftOut(app: FastifyInstance): ReadonlySet<string> {
  const operations = new Set<string>()
  app.addHook('onRoute', ({ schema, preValidation }) => {
    const hooks: readonly unknown[] = [preValidation].flat()
    if (schema?.operationId !== undefined && hooks.includes(emptyBody)) operations.add(schema.operationId)
  })
  return operations
}

/** What describes the API says of every body that it is required. */
function withOptional<D extends object>(document: D, optional: ReadonlySet<string>): D {
  type Described = { readonly operationId?: string; readonly requestBody?: { required?: boolean } }
  const { paths = {} } = document as { readonly paths?: Readonly<Record<string, Readonly<Record<string, Described>>>> }
  for (const { operationId = '', requestBody } of Object.values(paths).flatMap((methods) => Object.values(methods)))
    if (requestBody !== undefined && optional.has(operationId)) requestBody.required = false
  return document
}

function withExamples<D extends object>(document: D): D {
  const schemas = (document as { components?: { schemas?: Record<string, { examples?: unknown[] }> } }).components?.schemas ?? {}
  for (const [name, example] of Object.entries(examples)) {
    const schema = schemas[name]
    if (schema !== undefined) schema.examples = [example]
  }
  return document
}
