import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { eventually } from './eventually.ts'
import { cleanEnvironment } from './spawn-node.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestVespa extends AsyncDisposable {
  /** For `WEAVER_VESPA_URL`. */
  readonly url: string
  /**
   * Turns the content layer behind the handler: `latencyMs`, `maxPending`, `fault` (the name of an outcome: `OVERLOAD`, `INSUFFICIENT_STORAGE`,
   * `TIMEOUT`, `ERROR`) for the next so many `times`, `clear` for no documents and no faults.
   */
  control(query: Readonly<Record<string, string | number>>): Promise<VespaState>
  /** Stops its process in its tracks, as a machine that hangs does; `resume` lets it go on. */
  freeze(): void
  resume(): void
  stop(): Promise<void>
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
  const home = await temporaryFolder('vespa')
  const child = spawn(`${folder}/start`, [applicationPackage], {
    cwd: home.path,
    env: cleanEnvironment({ JAVA_TOOL_OPTIONS: `-Djava.io.tmpdir=${home.path}` }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  // The end of it is what tells; it logs a lot.
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors = (errors + chunk).slice(-10_000)))
  const ended = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => {
    if (!ended()) child.kill('SIGKILL')
    await exited
    await home.remove()
  }
  try {
    const ready = await eventually(() => (ended() ? 'ended' : /^READY (.*)$/m.exec(output)?.[1]), {
      what: 'Vespa to be ready',
      timeoutMs: 280_000,
      intervalMs: 50,
    })
    if (ready === 'ended') throw new Error(`Vespa's handler ended:\n${output}\n${errors}`)
    const { port, control } = JSON.parse(ready) as { port: number; control: number }
    return {
      url: `http://127.0.0.1:${port}`,
      control: (query) =>
        ask(control, new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]))),
      freeze: () => void child.kill('SIGSTOP'),
      resume: () => void child.kill('SIGCONT'),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
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
