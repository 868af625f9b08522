import { WeaverError } from '@data-weaver/contracts'
import pg from 'pg'
import { ledgerError } from './database.ts'

/** One number for all processes that grant: two at once would change the same rows of the catalogue. */
const grantLock = 7_263_115

/**
 * What workers do with each table of the ledger. They read configurations and change none; of a stream they move what its runs move. Requests of the
 * API, and operations, are not theirs.
 */
export const workerRights: Readonly<Record<string, readonly string[]>> = {
  streams: [
    'select',
    'update (cursor, active_run_id, good_at, failures, desired, paused_by, recovered_at, probe_at, resume_at, canary_left, canary_version, canary_mode, secrets_version)',
  ],
  stream_versions: ['select'],
  stream_secrets: ['select', 'update (sealed, updated_at)'],
  runs: ['select', 'insert', 'update'],
  run_log: ['select', 'insert'],
  results: ['select', 'insert'],
  deliveries: ['select', 'insert', 'update'],
  dead_letters: ['select', 'insert', 'update'],
  workers: ['select', 'insert', 'update', 'delete'],
  budgets: ['select', 'insert', 'update', 'delete'],
  budget_streams: ['select', 'insert', 'update', 'delete'],
  budget_reservations: ['select', 'insert', 'update', 'delete'],
  budget_salt: ['select', 'insert'],
}

/** Tables of the ledger that workers have nothing to do with. A new table is put here or above; a test asks for it. */
export const withheldTables: readonly string[] = [
  'audits',
  'idempotency_keys',
  'migrations',
  'open_redeliveries',
  'operation_targets',
  'operations',
  'redeliveries',
]

/** The sink in the ledger's own database. */
const documentRights = `
  grant usage on schema weaver_documents to %1$I;
  grant select on weaver_documents.migrations to %1$I;
  grant select, insert, update on weaver_documents.documents to %1$I;`

/** The secrets of a stream are seen while a run of it runs, and not otherwise. */
const secretsPolicy = `
  alter table weaver.stream_secrets enable row level security;
  create policy %1$I on weaver.stream_secrets to %1$I using (
    exists (select from weaver.runs r where r.stream_id = stream_secrets.stream_id and r.state in ('running', 'stopping') and r.lease_until > now()));`

/**
 * Gives a role what workers need and takes from it what else it had in the ledger. The tables must be up to date. A queue in the same database is not
 * part of it: BullMQ makes a sequence for each queue there, so whoever uses it must own it. Safe to call from several processes
 * at once, and while workers run.
 * @throws WeaverError `invalid_settings` when there is no such role, `ledger_unavailable`
 */
export async function grantWorkerRole(url: string, role: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'weaver-migrate', connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [grantLock])
    if ((await client.query('select from pg_roles where rolname = $1', [role])).rowCount === 0) throw noRole(role)
    const run = async (text: string) => {
      const { rows } = await client.query<{ sql: string }>('select format($1, $2::text) as sql', [text, role])
      await client.query(rows[0]?.sql ?? '')
    }
    await run('revoke all on all tables in schema weaver from %1$I; grant usage on schema weaver to %1$I')
    for (const [table, rights] of Object.entries(workerRights))
      for (const right of rights) await run(`grant ${right} on weaver.${table} to %1$I`)
    if ((await client.query(`select from pg_namespace where nspname = 'weaver_documents'`)).rowCount === 1) await run(documentRights)
    const policies = await client.query(
      `select from pg_policies where schemaname = 'weaver' and tablename = 'stream_secrets' and policyname = $1`,
      [role],
    )
    if (policies.rowCount === 0) await run(secretsPolicy)
    await client.query('commit')
  } catch (thrown) {
    throw ledgerError(thrown)
  } finally {
    await client.end().catch(() => {})
  }
}

function noRole(role: string): WeaverError {
  const problem = {
    field: 'WEAVER_WORKER_ROLE',
    problem: `names a role that the ledger does not have: ${role}`,
    hint: `Make it: create role ${role} login password '…'`,
  }
  return new WeaverError('invalid_settings', `${problem.field} ${problem.problem}`, { errors: [problem] })
}
