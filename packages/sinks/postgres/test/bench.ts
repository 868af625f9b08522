import { randomUUID } from 'node:crypto'
import type { Doc, JsonObject, Lineage, Rejection, SearchableSink, StoredDocument } from '@data-weaver/contracts'
import { createDatabase, type TestDatabase } from '@data-weaver/testkit'
import pg from 'pg'
import { postgres } from '../index.ts'

/** A signal that never aborts. */
export const never = new AbortController().signal

const streamId = randomUUID()

export function doc(
  id: string,
  seq: number,
  fields: JsonObject,
  more: Partial<Omit<Doc, 'lineage'>> & { lineage?: Partial<Lineage> } = {},
): Doc {
  const lineage = {
    resultId: randomUUID(),
    record: 0,
    runId: randomUUID(),
    streamId,
    streamVersion: 1,
    transformVersion: 1,
    ...more.lineage,
  }
  return { id, tenant: 'default', stream: 'quakes', seq, fields, deleted: false, ...more, lineage }
}

/** The sink in a database of its own, with a superuser beside it to look and to disturb. */
export class Bench implements AsyncDisposable {
  readonly database: TestDatabase
  readonly sink: SearchableSink
  readonly other: pg.Client

  private constructor(database: TestDatabase, sink: SearchableSink, other: pg.Client) {
    this.database = database
    this.sink = sink
    this.other = other
  }

  static async open(): Promise<Bench> {
    const database = await createDatabase()
    const sink = await postgres.open({ ledgerUrl: database.url }, {})
    const other = new pg.Client({ connectionString: database.url })
    other.on('error', () => {})
    await other.connect()
    return new Bench(database, sink, other)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sink.close()
    await this.other.end()
    await this.database.drop()
  }

  async put(...batch: readonly Doc[]): Promise<readonly Rejection[]> {
    return await this.sink.upsert(batch, never)
  }

  async get(id: string): Promise<StoredDocument> {
    const found = await this.sink.find('default', id)
    if (found === undefined) throw new Error(`no document ${id}`)
    return found
  }

  async clear(): Promise<void> {
    await this.other.query('TRUNCATE weaver_documents.documents')
  }

  /** Lets the database refuse rows it would accept, with this SQLSTATE, while `work` runs. `when` is an SQL condition on NEW. */
  async whileRaising(state: string, when: string, work: () => Promise<void>): Promise<void> {
    await this.other.query(`
      CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF ${when} THEN RAISE EXCEPTION 'made by a test' USING ERRCODE = '${state}'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER raise BEFORE INSERT ON weaver_documents.documents FOR EACH ROW EXECUTE FUNCTION raise()`)
    try {
      await work()
    } finally {
      await this.other.query('DROP TRIGGER raise ON weaver_documents.documents; DROP FUNCTION raise()')
    }
  }

  /** Holds the lock of a row while `work` runs. */
  async whileLocked(id: string, work: () => Promise<void>): Promise<void> {
    await this.other.query('BEGIN')
    try {
      await this.other.query('SELECT FROM weaver_documents.documents WHERE id = $1 FOR UPDATE', [id])
      await work()
    } finally {
      await this.other.query('ROLLBACK')
    }
  }
}
