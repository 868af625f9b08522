import { pino } from 'pino'
import manifest from '../package.json' with { type: 'json' }
import { buildApp, type SupervisorParts } from './app.ts'

/** The description of the API, made without a server and without a database. */
export async function openApiDocument(): Promise<object> {
  const app = await buildApp(partsThatAreNeverAsked())
  try {
    await app.ready()
    return app.swagger()
  } finally {
    await app.close()
  }
}

function partsThatAreNeverAsked(): SupervisorParts {
  const never = <T extends object>(part: string): T =>
    new Proxy({} as T, {
      get(_target, property) {
        throw new Error(`the description of the API asked ${part} for ${String(property)}`)
      },
    })
  return {
    adminToken: '',
    version: manifest.version,
    ledger: never('the ledger'),
    listener: never('the listener'),
    queue: never('the queue'),
    store: never('the store'),
    egress: never('the egress'),
    vault: never('the vault'),
    documents: never('the documents'),
    clock: never('the clock'),
    log: pino({ level: 'silent' }),
    leaseMs: 0,
    reconcile: () => {},
  }
}
