import { fileURLToPath } from 'node:url'
import type { Clock, Log } from '@data-weaver/contracts'
import { isAlive, keepRunning, type KeptProcess, signalProcess } from '@data-weaver/process'
import type { DataFolder } from './data-folder.ts'
import { openLogFile } from './log-file.ts'
import { type Screen, seconds } from './screen.ts'

/** Scripts of the children. Tests put others in their place. */
export interface Scripts {
  /** Builds the console if need be, and ends. */
  readonly console: string
  readonly database: string
  readonly demoSource: string
  readonly supervisor: string
  readonly worker: string
}

const script = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export const defaultScripts: Scripts = {
  console: script('./console/main.ts'),
  database: script('./database/main.ts'),
  demoSource: script('./demo-source/main.ts'),
  // By path, not by import: services know nothing of each other but how to start them.
  supervisor: script('../../supervisor/src/main.ts'),
  worker: script('../../worker/src/main.ts'),
}

/** How long services get to close, milliseconds. Then they are killed. */
const servicesGraceMs = 6000
/** The same for the database, after them. */
const databaseGraceMs = 3000
/** For the database server itself after an immediate shutdown, milliseconds. */
const serverGraceMs = 500
const pollMs = 25

export interface ChildrenParts {
  readonly folder: DataFolder
  readonly screen: Screen
  readonly clock: Clock
  readonly log: Log
  /** In the arguments of each child. */
  readonly instance: string
  readonly onStart: (pid: number) => void
}

/** The child processes of the launcher: each kept running, each with a log file of its own, and stopped in the right order. */
export class Children {
  readonly #parts: ChildrenParts
  readonly #services: KeptProcess[] = []
  readonly #logs: Disposable[] = []
  #database: KeptProcess | undefined
  #serverPid: number | undefined
  #serverPort: number | undefined

  constructor(parts: ChildrenParts) {
    this.#parts = parts
  }

  /** Starts the keeper of the database; what it answers when it is ready has `url`. */
  database(path: string, folder: string, env: Readonly<Record<string, string>>): KeptProcess {
    // After the first start the port stays: all others have it in their settings.
    const args = () => ['--folder', folder, ...(this.#serverPort === undefined ? [] : ['--port', String(this.#serverPort)])]
    this.#database = this.#keep('database', path, args, env, ({ serverPid, port }) => {
      this.#serverPid = serverPid as number
      this.#serverPort = port as number
    })
    return this.#database
  }

  service(name: string, path: string, args: readonly string[], env: Readonly<Record<string, string>>): KeptProcess {
    const kept = this.#keep(name, path, () => args, env)
    this.#services.push(kept)
    return kept
  }

  #keep(
    name: string,
    path: string,
    args: () => readonly string[],
    env: Readonly<Record<string, string>>,
    onReady: (message: Readonly<Record<string, unknown>>) => void = () => {},
  ): KeptProcess {
    const { folder, screen, clock, log, instance, onStart } = this.#parts
    const file = openLogFile(folder.join('logs', `${name.replaceAll(' ', '-')}.log`))
    this.#logs.push(file)
    let deaths = 0
    return keepRunning({
      name,
      script: path,
      args: () => [...args(), `--instance=${instance}`],
      env,
      clock,
      log,
      onStart,
      onLine(line) {
        file.write(line)
        screen.childLine(name, line)
      },
      onReady(message) {
        onReady(message)
        if (deaths > 0) screen.say(`  ${name} is up again`)
      },
      onDeath({ code, signal, restartInMs }) {
        deaths += 1
        const next = restartInMs === undefined ? 'it is given up' : `it is started again in ${seconds(restartInMs)}`
        screen.say(`  ! the ${name} ended (${signal ?? `status ${code}`}); ${next}`)
      },
    })
  }

  /** Stops the services, all at once, then the database. Resolves when all are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.stop(servicesGraceMs)))
    await this.#database?.stop(databaseGraceMs)
    await this.#endServer()
    for (const file of this.#logs) file[Symbol.dispose]()
  }

  /** A keeper that was killed leaves its server behind. */
  async #endServer(): Promise<void> {
    const { clock } = this.#parts
    const pid = this.#serverPid
    if (pid === undefined) return
    for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
      if (!(await isAlive(pid))) return
      signalProcess(pid, signal)
      const until = clock.monotonic() + serverGraceMs
      while ((await isAlive(pid)) && clock.monotonic() < until) await clock.sleep(pollMs)
    }
  }

  /** Kills everything at once. The database server gets the order to end immediately, and recovers at the next start. */
  kill(): void {
    for (const service of this.#services) service.kill()
    this.#database?.kill()
    if (this.#serverPid !== undefined) signalProcess(this.#serverPid, 'SIGQUIT')
  }
}
