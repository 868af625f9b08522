import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { type OwnedPostgres, postgresKey, startOwnPostgres } from './postgres.ts'

interface Project {
  provide(key: never, value: never): void
}

/**
 * One throw-away Postgres per test run, for all workers. It starts when the first test asks for it, so a run without a database
 * costs nothing.
 */
export default async function setup(project: Project): Promise<() => Promise<void>> {
  let started: Promise<OwnedPostgres> | undefined
  const path = `/${randomBytes(16).toString('hex')}`
  const server = createServer((request, response) => {
    if (request.url !== path) {
      response.writeHead(404).end()
      return
    }
    started ??= startOwnPostgres()
    started.then(
      ({ url }) => response.end(JSON.stringify({ url })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  project.provide(postgresKey as never, `http://127.0.0.1:${address.port}${path}` as never)
  return async () => {
    await new Promise((resolve) => server.close(resolve))
    await started?.then(
      (postgres) => postgres.stop(),
      () => {},
    )
  }
}
