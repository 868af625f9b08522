import { readFile, rename, writeFile } from 'node:fs/promises'
import { type Clock, type Log, type Stream, WeaverError } from '@data-weaver/contracts'
import type { ApiAnswer, ApiClient } from './api-client.ts'
import { demoStream, demoStreamName } from './demo-source/stream.ts'

/** What the launcher remembers of the demo between starts. */
interface DemoState {
  /** Port of the demo source; the stream's configuration has it. */
  readonly port: number
  /** The stream was made once: when it is gone since, the user deleted it. */
  readonly made: boolean
  /** The launcher stopped the stream itself, because it was started without the demo. */
  readonly paused: boolean
}

export interface DemoFile {
  read(): Promise<DemoState | undefined>
  write(state: DemoState): Promise<void>
}

export function demoFile(path: string): DemoFile {
  return {
    async read() {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as DemoState
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined
        throw error
      }
    },
    async write(state) {
      await writeFile(`${path}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 })
      await rename(`${path}.new`, path)
    },
  }
}

interface Parts {
  readonly api: ApiClient
  readonly file: DemoFile
  readonly log: Log
}

/**
 * Makes the demo stream and starts it; at a later start makes sure that it still leads to the demo source, where the user has
 * not pointed it elsewhere, and leaves everything else as the user left it. Answers whether the stream is there.
 */
export async function ensureDemo(feed: string, port: number, { api, file, log }: Parts): Promise<boolean> {
  const state = await file.read()
  const found = await api.call('GET', `/v1/streams/${demoStreamName}`)
  if (found.status === 404) {
    if (state?.made === true) return false
    expectSuccess(await api.call('POST', '/v1/streams', demoStream(feed)), 'make the demo stream')
    expectSuccess(await api.call('POST', `/v1/streams/${demoStreamName}/start`), 'start the demo stream')
    await file.write({ port, made: true, paused: false })
    return true
  }
  expectSuccess(found, 'look for the demo stream')
  const stream = found.body as unknown as Stream
  const url = sourceOf(stream)
  if (leadsToDemo(url, state) && url !== feed) {
    log.info({ from: url, to: feed }, 'the demo source has another address now')
    expectSuccess(await api.call('PATCH', `/v1/streams/${demoStreamName}`, { config: withSource(stream, feed) }), 'change the demo stream')
  }
  // Made, but the launcher was killed before it was started; or stopped by a start without the demo.
  if (leadsToDemo(url, state) && (state?.made !== true || state.paused)) {
    expectSuccess(await api.call('POST', `/v1/streams/${demoStreamName}/start`), 'start the demo stream')
  }
  await file.write({ port, made: true, paused: false })
  return true
}

/** Stops the demo stream at a start without the demo source: it would fail at each tick. */
export async function pauseDemo({ api, file, log }: Parts): Promise<void> {
  const state = await file.read()
  if (state === undefined || !state.made || state.paused) return
  const found = await api.call('GET', `/v1/streams/${demoStreamName}`)
  if (found.status !== 200) return
  const stream = found.body as unknown as Stream
  if (stream.desired !== 'started' || !leadsToDemo(sourceOf(stream), state)) return
  log.info({}, 'the demo is off: its stream is stopped')
  // Remembered first: who is ended between the two starts a stream that runs, which changes nothing.
  await file.write({ ...state, paused: true })
  expectSuccess(await api.call('POST', `/v1/streams/${demoStreamName}/stop`), 'stop the demo stream')
}

function sourceOf(stream: Stream): string | undefined {
  const { url } = (stream.config['request'] ?? {}) as { url?: unknown }
  return typeof url === 'string' ? url : undefined
}

function leadsToDemo(url: string | undefined, state: DemoState | undefined): boolean {
  const parsed = url === undefined ? null : URL.parse(url)
  return parsed !== null && parsed.hostname === '127.0.0.1' && (state === undefined || Number(parsed.port) === state.port)
}

const withSource = (stream: Stream, url: string): Stream['config'] => ({
  ...stream.config,
  request: { ...(stream.config['request'] as object), url },
})

function expectSuccess({ status, body }: ApiAnswer, what: string): void {
  if (status < 300) return
  throw new WeaverError(
    'internal',
    `Could not ${what}: the supervisor answered ${status} (${String(body['code'])}: ${String(body['detail'])}).`,
  )
}

/** How often the launcher looks for the first document, milliseconds. */
const firstLookMs = 200
/** How often it says what is going on: at first, and later. Milliseconds. */
const reportMs = { early: 10_000, late: 60_000 }
const earlyReports = 12

interface DocumentSummary {
  readonly id: string
  readonly fields: { readonly title?: string }
}

interface RunSummary {
  readonly id: string
  readonly state: string
  readonly documents: number
  readonly finishedAt: string | null
}

/** Says when the first document can be found, and then, now and again, how it goes on. Ends with the signal's abort. */
export async function watchDemo(
  api: ApiClient,
  { clock, signal, say, onFirst }: { clock: Clock; signal: AbortSignal; say: (line: string) => void; onFirst: () => void },
): Promise<void> {
  for (let [newest] = await newestDocuments(api); ; [newest] = await newestDocuments(api)) {
    if (newest !== undefined) {
      onFirst()
      say(`    ${newest.id}  ${newest.fields.title ?? ''}`)
      break
    }
    await clock.sleep(firstLookMs, signal)
  }
  const counted = new Set<string>()
  let [runs, documents] = [0, 0]
  for (let report = 0; ; report++) {
    await clock.sleep(report < earlyReports ? reportMs.early : reportMs.late, signal)
    const { body, status } = await api
      .call('GET', `/v1/streams/${demoStreamName}/runs?limit=100`)
      .catch(() => ({ status: 0, body: {} }) as ApiAnswer)
    if (status !== 200) continue
    const finished = (body['items'] as RunSummary[]).filter(({ id, finishedAt }) => finishedAt !== null && !counted.has(id))
    for (const run of finished) {
      counted.add(run.id)
      runs += 1
      documents += run.documents
    }
    const [newest] = await newestDocuments(api)
    const failed = finished.filter(({ state }) => state === 'failed' || state === 'timedOut').length
    say(
      `  ${demoStreamName}: ${runs} runs, ${documents} documents written${failed === 0 ? '' : `, ${failed} runs failed`}; latest ${newest?.fields.title ?? 'none'}`,
    )
  }
}

async function newestDocuments(api: ApiClient): Promise<readonly DocumentSummary[]> {
  const { status, body } = await api
    .call('GET', `/v1/documents?stream=${demoStreamName}&limit=1`)
    .catch(() => ({ status: 0, body: {} }) as ApiAnswer)
  return status === 200 ? (body['items'] as DocumentSummary[]) : []
}
