import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { eventually, type Spawned, spawnNode, type SpawnOptions, type TemporaryFolder } from '@data-weaver/testkit'
import { request } from 'undici'
import { expect } from 'vitest'

/** The launcher, for tests that start it as a user does. */
export const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export function start(dataDir: string, port: number, env: Record<string, string> = {}, more: SpawnOptions = {}): Spawned {
  return spawnNode(main, { env: { WEAVER_DATA_DIR: dataDir, WEAVER_PORT: String(port), ...env }, ownGroup: true, ...more })
}

export const ready = (child: Spawned) => child.line(/^ {2}Ctrl-C stops everything/, 60_000)
export const firstDocument = async (child: Spawned) => (await child.line(/^ {4}(earthquakes:\S+)/, 60_000))[1] ?? ''

export async function call<T>(dataDir: string, port: number, path: string, method: 'GET' | 'POST' = 'GET'): Promise<T> {
  const token = (await readFile(`${dataDir}/admin.token`, 'utf8')).trim()
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
  expect(statusCode, path).toBeLessThan(300)
  return (await body.json()) as T
}

interface StreamAnswer {
  id: string
  desired: string
  config: { request: { url: string } }
}
export const demoStream = (dataDir: string, port: number) => call<StreamAnswer>(dataDir, port, '/v1/streams/earthquakes')
export const position = async (dataDir: string) =>
  (JSON.parse(await readFile(`${dataDir}/demo-position.json`, 'utf8')) as { position: number }).position

/** Numbers of the launcher's children, by the name of their log. */
export async function childPid(folder: TemporaryFolder, name: string): Promise<number> {
  return eventually(
    async () => {
      const lines = (await readFile(folder.join('logs', `${name}.log`), 'utf8')).trim().split('\n')
      return (JSON.parse(lines.at(-1) ?? '{}') as { pid?: number }).pid
    },
    { what: `a line of ${name}` },
  )
}

/** Ctrl-C as the terminal sends it: to the whole group. */
export async function ctrlC(child: Spawned): Promise<number> {
  const began = performance.now()
  process.kill(-child.pid, 'SIGINT')
  expect(await child.exited).toEqual({ code: 0, signal: null })
  return performance.now() - began
}
