import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ConsoleFile, ConsoleFiles, encodingFor } from './files.ts'

/** Nothing from elsewhere, nothing inline, no code made of text. Raw responses are shown from memory: `blob:` images. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const year = 31_536_000
/** The API and its pages: what is not there is not there, whoever asks. */
const notOurs = /^\/(v1|docs|queues|health|metrics)(\/|$)/

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2">
<title>Data Weaver</title>
<h1>The console is being built</h1>
<p>It appears here by itself, usually within seconds. If it does not, build it in the project's folder:</p>
<pre>npx -y pnpm@12 --filter @data-weaver/console build</pre>
<p>Meanwhile there are the <a href="/docs">API</a> and the <a href="/queues">queues</a>.</p>
</html>
`

/**
 * Serves the console's build at `/`: its files by their names, and its page for every other address that a browser is sent to, since the
 * addresses of its views are its own affair. Everything else is answered as if there were no console.
 */
export function serveConsole(app: FastifyInstance, folder: string | undefined): void {
  if (folder === undefined) {
    app.get('/', { schema: { hide: true } }, async (_request, reply) => await reply.redirect('/docs'))
    return
  }
  const files = new ConsoleFiles(folder)
  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const path = pathOf(request)
    if (path === undefined || notOurs.test(path)) return reply.callNotFound()
    const file = path === '/' ? undefined : await files.file(path.slice(1))
    if (file !== undefined && file.type.startsWith('text/html') === false) return send(file, request, reply)
    if (!isNavigation(request)) return reply.callNotFound()
    const page = await files.page()
    if (page !== undefined) return send(page, request, reply)
    return reply
      .code(503)
      .headers({ 'content-security-policy': contentSecurityPolicy, 'cache-control': 'no-store', 'retry-after': '2' })
      .type('text/html; charset=utf-8')
      .send(notBuilt)
  })
}

function pathOf({ url }: FastifyRequest): string | undefined {
  try {
    return decodeURIComponent(url.split('?', 1)[0] ?? '')
  } catch {
    return undefined
  }
}

/** A person who follows a link or types an address, not a script that asks for a file or data. */
function isNavigation({ headers }: FastifyRequest): boolean {
  const mode = headers['sec-fetch-mode']
  return (mode === undefined || mode === 'navigate') && headers.accept?.includes('text/html') === true
}

function send(file: ConsoleFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { type, etag, immutable, bodies } = file
  reply.headers({
    'cache-control': immutable ? `public, max-age=${year}, immutable` : 'no-cache',
    vary: 'accept-encoding',
    etag,
  })
  if (type.startsWith('text/html')) {
    reply.headers({ 'content-security-policy': contentSecurityPolicy, 'cross-origin-opener-policy': 'same-origin' })
  }
  if (request.headers['if-none-match']?.includes(etag) === true) return reply.code(304).send()
  const encoding = encodingFor(file, request.headers['accept-encoding'])
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply.type(type).send(bodies[encoding])
}
