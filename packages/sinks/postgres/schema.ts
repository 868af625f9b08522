import type pg from 'pg'
import { guarded, withClient } from './connection.ts'

/**
 * Whoever holds this advisory lock brings the tables up to date; the others wait and find it done. A number of its own: the lock that a leading
 * supervisor holds lies in the same database, and would make everybody wait for as long as it leads.
 */
const migrationLock = 7_263_114

/**
 * Characters of a document's JSON text up to which all of its values are searchable. Of a longer document the text up to here is.
 * A tsvector ends at 1 MiB; 100,000 characters stay below that even when each is four bytes and every word is hyphenated.
 */
const searchableCharacters = 100_000

/** Each entry brings the schema one version further; they are never changed, only added to. */
const steps: readonly string[] = [
  `
  CREATE TABLE weaver_documents.documents (
    -- Fixed widths first: no padding between them.
    result_id uuid NOT NULL,
    run_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    seq bigint NOT NULL,
    changed_at timestamptz(3) NOT NULL,
    transform_version integer NOT NULL,
    record integer NOT NULL,
    stream_version integer NOT NULL,
    revision integer NOT NULL,
    deleted boolean NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    fields jsonb NOT NULL,
    PRIMARY KEY (tenant, id)
  ) WITH (fillfactor = 85); -- Room for the most frequent write: same fields, newer lineage, in the same page, no index touched.

  CREATE FUNCTION weaver_documents.searchable(fields jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN pg_catalog.length(fields::text) <= ${searchableCharacters}
    THEN pg_catalog.jsonb_to_tsvector('pg_catalog.simple'::regconfig, fields, '["string", "numeric"]'::jsonb)
    ELSE pg_catalog.to_tsvector('pg_catalog.simple'::regconfig, pg_catalog.left(fields::text, ${searchableCharacters}))
  END;

  CREATE INDEX documents_newest ON weaver_documents.documents (tenant, changed_at DESC, id) WHERE NOT deleted;
  CREATE INDEX documents_newest_of_stream ON weaver_documents.documents (tenant, stream, changed_at DESC, id) WHERE NOT deleted;
  CREATE INDEX documents_words ON weaver_documents.documents USING gin (weaver_documents.searchable(fields)) WHERE NOT deleted;
  `,
  // Who follows the changes reads them in the order of (transaction, number within it). What was there before has no place among them.
  `
  ALTER TABLE weaver_documents.documents
    ADD COLUMN changed_in xid8 NOT NULL DEFAULT '0',
    ADD COLUMN change integer NOT NULL DEFAULT 0;
  CREATE INDEX documents_changes ON weaver_documents.documents (changed_in, change) WHERE changed_in > '0';
  `,
]

/**
 * Makes the sink's tables or brings them up to date. Safe from many processes at once; when all is up to date it only reads, so
 * a database user that may not create anything will do.
 * @throws WeaverError `sink_unavailable`, `sink_full`
 */
export async function prepareSchema(url: string): Promise<void> {
  await guarded(
    withClient(url, async (client) => {
      if ((await versionOf(client)) >= steps.length) return await adoptRestoredRows(client)
      await client.query('BEGIN')
      await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
      await client.query('CREATE SCHEMA IF NOT EXISTS weaver_documents')
      await client.query(
        'CREATE TABLE IF NOT EXISTS weaver_documents.migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
      )
      const from = await versionOf(client)
      for (const [index, step] of steps.entries()) {
        if (index < from) continue
        await client.query(step)
        await client.query('INSERT INTO weaver_documents.migrations (version) VALUES ($1)', [index + 1])
      }
      await client.query('COMMIT')
    }),
  )
}

/**
 * Documents that came from a backup of another server may be of transactions that this one has not reached: who follows the changes would wait for them.
 * They have no place among the changes any more.
 */
async function adoptRestoredRows(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ foreign: boolean }>(
    `SELECT EXISTS (SELECT FROM weaver_documents.documents WHERE changed_in > '0' AND changed_in >= pg_snapshot_xmax(pg_current_snapshot())) AS foreign`,
  )
  if (rows[0]?.foreign === true)
    await client.query(
      `UPDATE weaver_documents.documents SET changed_in = '0', change = 0 WHERE changed_in > '0' AND changed_in >= pg_snapshot_xmax(pg_current_snapshot())`,
    )
}

/** The version that is there, 0 without any. One that is newer than ours was made by a later release, which keeps it usable for us. */
async function versionOf(client: pg.Client): Promise<number> {
  const there = await client.query<{ there: boolean }>(`SELECT to_regclass('weaver_documents.migrations') IS NOT NULL AS there`)
  if (there.rows[0]?.there !== true) return 0
  const { rows } = await client.query<{ version: number | null }>('SELECT max(version) AS version FROM weaver_documents.migrations')
  return rows[0]?.version ?? 0
}
