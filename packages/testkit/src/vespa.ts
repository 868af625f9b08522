import { access, constants } from 'node:fs/promises'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServer } from './server-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestVespa extends Omit<ServerProcess, 'start'> {
  /** For `WEAVER_VESPA_URL`. */
  readonly url: string
  /**
   * Turns the content layer behind the handler: `latencyMs`, `maxPending`, `fault` (the name of an outcome: `OVERLOAD`, `INSUFFICIENT_STORAGE`,
   * `TIMEOUT`, `ERROR`) for the next so many `times`, `clear` for no documents and no faults.
   */
  control(query: Readonly<Record<string, string | number>>): Promise<VespaState>
}

export interface VespaState {
  readonly documents: number
  /** Operations since the start. */
  readonly operations: number
  /** Faults that are still to come. */
  readonly faults: number
}

/**
 * The folder with the programs that run Vespa's document handler and its deploy checks, for `describe.skipIf(folder === undefined)`: what
 * `VESPA_HANDLER` names, or `../shared/servers/vespa` beside the repository. They are no part of it, so where they are missing the tests are
 * skipped, with a message, everywhere.
 */
export async function findVespa(): Promise<string | undefined> {
  const folder = process.env['VESPA_HANDLER'] ?? fileURLToPath(new URL('../../../../shared/servers/vespa', import.meta.url))
  const runs = await access(`${folder}/start`, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (runs) return folder
  process.stderr.write('Vespa’s document handler is not there (VESPA_HANDLER names its folder): the tests that need it are skipped\n')
  return undefined
}

/**
 * Vespa's own document handler with an application package, over a content layer in memory, on a free port of 127.0.0.1. The first start on
 * a machine builds it, which takes minutes; others take seconds.
 */
export async function startVespa(folder: string, applicationPackage: string): Promise<TestVespa> {
  await using stack = new AsyncDisposableStack()
  const home = stack.use(await temporaryFolder('vespa'))
  let ready: string | undefined
  const { start: _, ...server } = await startServer(
    {
      name: 'Vespa’s document handler',
      command: [`${folder}/start`, applicationPackage],
      cwd: home.path,
      env: { JAVA_TOOL_OPTIONS: `-Djava.io.tmpdir=${home.path}` },
      isUp: (printed) => (ready = /^READY (.*)$/m.exec(printed)?.[1]) !== undefined,
      startMs: 280_000,
    },
    stack.move(),
  )
  const { port, control } = JSON.parse(ready ?? '') as { port: number; control: number }
  return {
    ...server,
    url: `http://127.0.0.1:${port}`,
    control: (query) =>
      ask(control, new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]))),
  }
}

function ask(port: number, query: URLSearchParams): Promise<VespaState> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: `/?${query.toString()}`, agent: false, timeout: 10_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => resolve(JSON.parse(text) as VespaState))
    })
    asked.once('error', reject)
    asked.end()
  })
}
