import { spawn } from 'node:child_process'
import { open, readFile, writeFile } from 'node:fs/promises'
import { createSecureServer, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import {
  eventually,
  findVespa,
  freePort,
  requireServer,
  startVespa,
  temporaryFolder,
  type TemporaryFolder,
  type TestVespa,
} from '@data-weaver/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openVespa } from './index.ts'
import { type Certificate, makeCertificate } from './test/certificate.ts'
import { doc, docs, never, quick, shape } from './test/played-vespa.ts'
import { storedDocument } from './test/stored.ts'

const folder = await findVespa()
const openssl = await requireServer('openssl')
const nginx = await requireServer('nginx')
const applicationPackage = fileURLToPath(new URL('../../../deploy/vespa', import.meta.url))

interface Edge extends AsyncDisposable {
  readonly vespaUrl: string
  /** Of each request: its protocol, the number of its connection, and whether the client's certificate was found good. */
  requests(): Promise<readonly { readonly protocol: string; readonly connection: string; readonly verified: string }[]>
}

/** nginx in front of the handler, as an edge that asks for the client's certificate. A connection ends after 200 requests, in good order. */
async function startEdge(home: TemporaryFolder, handler: string, own: Certificate, client: Certificate, http2: boolean): Promise<Edge> {
  const port = await freePort()
  const [configuration, log, said] = ['nginx.conf', 'access.log', 'said.log'].map((name) => home.join(`${port}-${name}`)) as [
    string,
    string,
    string,
  ]
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${home.join(`${port}-${name}`)};`)
  await writeFile(
    configuration,
    `pid ${home.join(`${port}.pid`)};
worker_processes 1;
events { worker_connections 1024; }
http {
  ${temporary.join('\n  ')}
  log_format edge '$server_protocol $connection $ssl_client_verify';
  access_log ${log} edge;
  upstream handler { server ${new URL(handler).host}; keepalive 64; }
  server {
    listen 127.0.0.1:${port} ssl${http2 ? ' http2' : ''};
    keepalive_requests 200;
    ssl_certificate ${own.files.certificate};
    ssl_certificate_key ${own.files.key};
    ssl_client_certificate ${client.files.certificate};
    ssl_verify_client on;
    location / { proxy_pass http://handler; proxy_http_version 1.1; proxy_set_header Connection ''; }
  }
}
`,
  )
  const file = await open(said, 'a')
  const child = spawn(nginx as string, ['-e', '/dev/stderr', '-c', configuration, '-g', 'daemon off; user root;'], {
    stdio: ['ignore', file.fd, file.fd],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
  await file.close()
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended:\n${await readFile(said, 'utf8')}`)
    return await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  }
  await eventually(answers, { what: 'nginx to listen' })
  return {
    vespaUrl: `https://127.0.0.1:${port}`,
    async requests() {
      const lines = (await readFile(log, 'utf8')).trim().split('\n')
      return lines.map((line) => {
        const [protocol = '', connection = '', verified = ''] = line.split(' ')
        return { protocol, connection, verified }
      })
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** A server that takes the protocol which the client names first, as some balancers do; answers what it was that clients speak. */
async function startPolite(stack: AsyncDisposableStack, own: Certificate): Promise<{ vespaUrl: string; spoken: Set<string> }> {
  const spoken = new Set<string>()
  const sessions = new Set<ServerHttp2Session>()
  const tls = { cert: own.certificate, key: own.key, allowHTTP1: true }
  const server = createSecureServer({ ...tls, ALPNCallback: ({ protocols }) => protocols[0] }, (request, response) => {
    spoken.add(request.httpVersion)
    request.resume()
    request.once('end', () => response.writeHead(request.url.includes('weaver-probe') ? 412 : 200).end('{}'))
  })
  server.on('session', (session) => void sessions.add(session))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.defer(async () => {
    for (const session of sessions) session.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { vespaUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, spoken }
}

describe.skipIf([folder, openssl, nginx].includes(undefined))('the vespa sink over HTTP/2 with TLS', () => {
  let server: TestVespa
  let home: TemporaryFolder
  let edge: Certificate
  let client: Certificate
  beforeAll(async () => {
    home = await temporaryFolder('vespa-http2-tls')
    const made = ['edge', 'client'].map((name) => makeCertificate(openssl as string, home.path, name))
    ;[edge, client] = (await Promise.all(made)) as [Certificate, Certificate]
    server = await startVespa(folder ?? '', applicationPackage)
  }, 300_000)
  afterAll(async () => {
    await server?.stop()
    await home?.remove()
  })
  beforeEach(async () => void (await server.control({ clear: 1, latencyMs: 0, maxPending: 1000 })))

  const limits = { ...quick, window: { ...quick.window, first: 64 } }
  const open = (vespaUrl: string, http2 = true, access: object = client) =>
    openVespa({ ledgerUrl: '', vespaUrl, vespaAccess: { ...access, caCertificates: edge.certificate } }, { ...shape, http2 }, limits)
  const start = (http2: boolean) => startEdge(home, server.url, edge, client, http2)

  it('negotiates it, shares few connections, goes on when one of them ends, and shows its certificate', { timeout: 60_000 }, async () => {
    await using front = await start(true)
    await server.control({ latencyMs: 5 })
    const sink = await open(front.vespaUrl)
    try {
      expect(await sink.upsert(docs(1500, 2), never)).toEqual([])
      expect(await sink.upsert(docs(100, 1), never)).toEqual([])
      const large = doc('played:large', 2, { text: 'x'.repeat(300_000) })
      expect(await sink.upsert([large], never)).toEqual([])
      expect((await storedDocument(server.url, shape, 'default', large.id))?.fields).toEqual(large.fields)
      expect((await server.control({})).documents).toBe(1501)
    } finally {
      await sink.close()
    }
    const requests = await front.requests()
    expect(new Set(requests.map(({ protocol, verified }) => `${protocol} ${verified}`))).toEqual(new Set(['HTTP/2.0 SUCCESS']))
    // 1,500 and some requests by 200 on each connection: one after the other, few beside each other.
    const connections = new Set(requests.map(({ connection }) => connection)).size
    expect(connections).toBeGreaterThanOrEqual(8)
    expect(connections).toBeLessThanOrEqual(16)
  })

  it('falls back to HTTP/1.1 where the server does not speak it, with as many connections as operations', async () => {
    await using front = await start(false)
    await server.control({ latencyMs: 20 })
    const sink = await open(front.vespaUrl)
    try {
      expect(await sink.upsert(docs(400), never)).toEqual([])
      expect((await server.control({})).documents).toBe(400)
    } finally {
      await sink.close()
    }
    const requests = await front.requests()
    expect(new Set(requests.map(({ protocol }) => protocol))).toEqual(new Set(['HTTP/1.1']))
    expect(new Set(requests.map(({ connection }) => connection)).size).toBeGreaterThan(16)
  })

  it('is not spoken unless the entry says so', async () => {
    await using front = await start(true)
    const sink = await open(front.vespaUrl, false)
    try {
      expect(await sink.upsert(docs(20), never)).toEqual([])
    } finally {
      await sink.close()
    }
    expect(new Set((await front.requests()).map(({ protocol }) => protocol))).toEqual(new Set(['HTTP/1.1']))
  })

  it('is what it names first, for servers that go by that', async () => {
    await using stack = new AsyncDisposableStack()
    const { vespaUrl, spoken } = await startPolite(stack, edge)
    const sink = await open(vespaUrl)
    try {
      expect(await sink.upsert(docs(20), never)).toEqual([])
    } finally {
      await sink.close()
    }
    expect(spoken).toEqual(new Set(['2.0']))
  })

  it('is refused to who shows no certificate', async () => {
    await using front = await start(true)
    await expect(open(front.vespaUrl, true, {})).rejects.toMatchObject({ code: 'sink_unavailable' })
  })
})
