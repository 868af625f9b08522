import type { Doc, Rejection } from '@data-weaver/contracts'
import { keyOf, type Row, readRows, takeNewest } from './batch.ts'
import { type Connections, guarded } from './connection.ts'
import { isCollision, isRowAtFault, rowProblem } from './failure.ts'

/** JSON text in one statement, characters. Beyond it a batch takes more than one statement. */
const maxStatementCharacters = 8 * 2 ** 20
/** Attempts of a statement that others made Postgres abort. */
const maxAttempts = 4

/**
 * One statement for a whole batch. The fields come as one text, a line per document: JSON text has no raw line feed, and Postgres splits
 * that many times faster than it parses an array literal.
 *
 * A newer write with the same fields moves lineage and `seq` and touches no index; an identical one writes nothing at all.
 */
const text = `
  INSERT INTO weaver_documents.documents AS old
    (tenant, id, stream, seq, transform_version, record, stream_version, result_id, run_id, stream_id, deleted, fields, revision, changed_at,
     changed_in, change)
  SELECT
    tenant, id, stream, seq, transform_version, record, stream_version, result_id, run_id, stream_id, deleted, fields::jsonb,
    CASE WHEN deleted THEN 0 ELSE 1 END, statement_timestamp(),
    -- A document that was never there and is deleted is no change.
    CASE WHEN deleted THEN '0' ELSE pg_current_xact_id() END, change
  FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::integer[], $6::integer[], $7::integer[], $8::uuid[], $9::uuid[], $10::uuid[], $11::boolean[],
    string_to_array($12, E'\\n')
  ) WITH ORDINALITY
    AS new (tenant, id, stream, seq, transform_version, record, stream_version, result_id, run_id, stream_id, deleted, fields, change)
  ON CONFLICT (tenant, id) DO UPDATE SET
    stream = excluded.stream,
    seq = excluded.seq,
    transform_version = excluded.transform_version,
    record = excluded.record,
    stream_version = excluded.stream_version,
    result_id = excluded.result_id,
    run_id = excluded.run_id,
    stream_id = excluded.stream_id,
    deleted = excluded.deleted,
    -- The old value itself where nothing changed: it stays where it is stored, and the indexes stay as they are.
    fields = CASE WHEN old.fields = excluded.fields THEN old.fields ELSE excluded.fields END,
    -- A delete is no revision of the fields; what comes back after one is.
    revision = old.revision + CASE WHEN excluded.deleted OR (NOT old.deleted AND old.fields = excluded.fields) THEN 0 ELSE 1 END,
    changed_at = CASE WHEN old.deleted = excluded.deleted AND old.fields = excluded.fields THEN old.changed_at ELSE excluded.changed_at END,
    changed_in = CASE WHEN old.deleted = excluded.deleted AND old.fields = excluded.fields THEN old.changed_in ELSE pg_current_xact_id() END,
    change = CASE WHEN old.deleted = excluded.deleted AND old.fields = excluded.fields THEN old.change ELSE excluded.change END
  WHERE (excluded.seq, excluded.transform_version, excluded.record) >= (old.seq, old.transform_version, old.record)
    AND (excluded.seq, excluded.transform_version, excluded.record, excluded.deleted, excluded.stream_version, excluded.result_id, excluded.run_id,
         excluded.stream_id, excluded.stream, excluded.fields)
      IS DISTINCT FROM
        (old.seq, old.transform_version, old.record, old.deleted, old.stream_version, old.result_id, old.run_id,
         old.stream_id, old.stream, old.fields)`

/** Writes a batch as the port of sinks says. Documents that Postgres refuses are found by halving the batch; the others are written. */
export async function upsertBatch(connections: Connections, batch: readonly Doc[], signal: AbortSignal): Promise<readonly Rejection[]> {
  signal.throwIfAborted()
  const { rows, rejections } = readRows(batch)
  let round = takeNewest(rows)
  while (round.length > 0) {
    const refused = new Set<string>()
    for (const part of statementParts(round)) {
      for (const [row, error] of await guarded(write(connections, part, signal), signal)) {
        refused.add(keyOf(row))
        rejections.push({ index: row.index, code: 'sink_rejected', message: rowProblem(error) })
      }
    }
    // Where the newest of an id was refused, the one before it in the batch is the newest now.
    round = refused.size === 0 ? [] : takeNewest(rows).filter((row) => refused.has(keyOf(row)))
  }
  return rejections.sort((a, b) => a.index - b.index)
}

function* statementParts(rows: readonly Row[]): Iterable<readonly Row[]> {
  let from = 0
  let characters = 0
  for (const [at, row] of rows.entries()) {
    if (at > from && characters + row.json.length > maxStatementCharacters) {
      yield rows.slice(from, at)
      from = at
      characters = 0
    }
    characters += row.json.length
  }
  yield rows.slice(from)
}

/** Writes rows; answers those that Postgres refused, each with its error. Any other error is thrown. */
async function write(
  connections: Connections,
  rows: readonly Row[],
  signal: AbortSignal,
  attempt = 1,
): Promise<readonly (readonly [Row, unknown])[]> {
  try {
    await connections.rows({ name: 'weaver_documents_upsert', text, values: columns(rows) }, signal)
    return []
  } catch (error) {
    if (signal.aborted) throw error
    if (isCollision(error) && attempt < maxAttempts) return await write(connections, rows, signal, attempt + 1)
    if (!isRowAtFault(error)) throw error
    const [first] = rows
    if (first !== undefined && rows.length === 1) return [[first, error]]
    const middle = Math.ceil(rows.length / 2)
    return [...(await write(connections, rows.slice(0, middle), signal)), ...(await write(connections, rows.slice(middle), signal))]
  }
}

const columns = (rows: readonly Row[]): unknown[] => [
  rows.map(({ doc }) => doc.tenant),
  rows.map(({ doc }) => doc.id),
  rows.map(({ doc }) => doc.stream),
  rows.map(({ doc }) => doc.seq),
  rows.map(({ doc }) => doc.lineage.transformVersion),
  rows.map(({ doc }) => doc.lineage.record),
  rows.map(({ doc }) => doc.lineage.streamVersion),
  rows.map(({ doc }) => doc.lineage.resultId),
  rows.map(({ doc }) => doc.lineage.runId),
  rows.map(({ doc }) => doc.lineage.streamId),
  rows.map(({ doc }) => doc.deleted),
  rows.map(({ json }) => json).join('\n'),
]
