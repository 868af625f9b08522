import { documentId, type Json, type JsonObject, type Page, toWeaverError } from '@data-weaver/contracts'
import { compileTransform } from '@data-weaver/transform'
import { printable } from '../printable.ts'
import type { Command } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import { guarded } from './check.ts'
import { transformOf } from './input.ts'
import { exchangeLines, recordsOf, type Row, rowsTable } from './page-text.ts'
import { boundsOf, cleanValue, firstPages, openSession, type Session, sourceOptions } from './session.ts'

const usual = { pages: 3, records: 20, seconds: 60 } as const

export const read: Command = {
  usage: 'adapter read <id or folder> --config file.json [--pages 3] [--records 20] [--json]',
  purpose: 'Shows the first pages and records of a source, as a table or as a JSON object a line.',
  options: {
    ...sourceOptions,
    pages: { type: 'string', value: 'number', help: `Pages, or segments of a live source, after which it ends. Default ${usual.pages}.` },
    records: { type: 'string', value: 'number', help: `Records that are shown of all pages together. Default ${usual.records}.` },
    seconds: { type: 'string', value: 'number', help: `Time after which it ends, seconds. Default ${usual.seconds}.` },
    cursor: { type: 'string', value: 'JSON', help: 'Where to begin: the cursor of a page, or @file.' },
    transform: { type: 'string', value: 'file.json', help: 'Shows the documents that this mapping makes of the records.' },
    stream: { type: 'string', value: 'name', help: 'Name of the stream in the ids of the documents. Default: the id of the adapter.' },
    json: { type: 'boolean', help: 'A JSON object a line: pages, records (or documents), problems.' },
  },
  arguments: [1, 1],
  async run(given, surroundings) {
    const bounds = await boundsOf(given, surroundings, usual)
    let left = given.count('records', usual.records)
    await using session = await openSession(given, surroundings)
    const transform = await transformOf(given, surroundings)
    const screen = given.flag('json') ? jsonScreen(session, surroundings) : textScreen(session, surroundings)
    const documents = transform === undefined ? undefined : { map: compileTransform(transform), stream: given.text('stream') }
    return await guarded(session, surroundings, async () => {
      let index = 0
      for await (const page of firstPages(session, bounds, surroundings)) {
        index += 1
        const seen = look(session, page, left, documents)
        left -= seen.rows.length
        screen(index, page, seen)
      }
      if (index === 0) surroundings.err('The source had nothing to give.')
      return 0
    })
  },
}

interface Documents {
  readonly map: (fields: JsonObject) => JsonObject
  readonly stream: string | undefined
}

interface Seen {
  readonly total: number
  readonly title: 'key' | 'id'
  readonly rows: readonly (Row & { readonly index: number; readonly key: readonly (string | number)[] })[]
  readonly problems: readonly { readonly index: number; readonly problem: string }[]
}

/** The records of a page, at most so many, as they are or as documents. */
function look(session: Session, page: Page, most: number, documents: Documents | undefined): Seen {
  const { adapter } = session.choice
  const found = recordsOf(adapter, session.config, page)
  const rows: Seen['rows'][number][] = []
  const problems: Seen['problems'][number][] = []
  for (const [index, record] of found.entries()) {
    if ('problem' in record) {
      problems.push({ index, problem: record.problem })
      continue
    }
    if (rows.length === most) continue
    const { key, fields, deleted = false } = record
    const name = documents === undefined ? key.join(':') : documentId(documents.stream ?? adapter.id, key)
    try {
      rows.push({ index, key, name, deleted, fields: documents === undefined || deleted ? fields : documents.map(fields) })
    } catch (error) {
      problems.push({ index, problem: toWeaverError(error).message })
    }
  }
  return { total: found.length, title: documents === undefined ? 'key' : 'id', rows, problems }
}

type Screen = (index: number, page: Page, seen: Seen) => void

function textScreen(session: Session, { out, columns }: Surroundings): Screen {
  const clean = (row: Row): Row => ({ ...row, name: session.clean(row.name), fields: cleanValue(row.fields, session.clean) as JsonObject })
  return (index, page, { total, title, rows, problems }) => {
    const [asked = '', ...answered] = exchangeLines(page, session)
    out(`${index === 1 ? '' : '\n'}page ${index}: ${asked}`)
    for (const line of answered) out(line)
    out(
      `${total} records${rows.length < total ? `, ${rows.length} of them shown` : ''}${page.cursor === undefined ? '' : `, cursor ${shownCursor(page.cursor, session)}`}`,
    )
    if (rows.length > 0) for (const line of rowsTable(title, rows.map(clean), columns)) out(line)
    for (const problem of problems) out(printable(session.clean(`record ${problem.index}: ${problem.problem}`)))
  }
}

const shownCursor = (cursor: Json, session: Session): string => printable(session.clean(JSON.stringify(cursor)))

function jsonScreen(session: Session, { out }: Surroundings): Screen {
  const line = (value: object) =>
    out(JSON.stringify(cleanValue(value as Json, session.clean)).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped))
  return (number, { request, response, body, cursor, gap }, { total, title, rows, problems }) => {
    line({
      type: 'page',
      page: number,
      request,
      response,
      bytes: body.byteLength,
      records: total,
      cursor: cursor ?? null,
      ...(gap === undefined ? {} : { gap }),
    })
    for (const { index, key, name, fields, deleted } of rows) {
      const what = title === 'key' ? { type: 'record', key } : { type: 'document', id: name }
      line({ ...what, page: number, record: index, fields, ...(deleted ? { deleted } : {}) })
    }
    for (const { index, problem } of problems) line({ type: 'problem', page: number, record: index, problem })
  }
}

/** As JSON writes it, so that the value stays what it is: the screen may not be changed by what a source sends. */
const escaped = (characters: string): string =>
  Array.from({ length: characters.length }, (_, index) => `\\u${characters.charCodeAt(index).toString(16).padStart(4, '0')}`).join('')
