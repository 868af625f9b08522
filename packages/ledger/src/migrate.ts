import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { ledgerError } from './database.ts'
import { adoptRestoredRows } from './other-cluster.ts'

const migrationsFolder = fileURLToPath(new URL('../../../migrations', import.meta.url))

/** One number for all processes that migrate: whoever holds this advisory lock does it, the others wait and find it done. */
const migrationLock = 7_263_112

/** Brings the ledger's tables up to date, also when they came from a backup of another server. Safe to call from several processes at once. */
export async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'weaver-migrate', connectionTimeoutMillis: 10_000 })
  // A lost connection also rejects the query under way; without a listener it would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await applyMigrations(drizzle(client), { migrationsFolder, migrationsSchema: 'weaver', migrationsTable: 'migrations' })
    await adoptRestoredRows(client)
  } catch (thrown) {
    throw ledgerError(thrown)
  } finally {
    await client.end().catch(() => {})
  }
}
