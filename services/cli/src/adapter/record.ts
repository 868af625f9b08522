import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { RecordedPage } from '@data-weaver/adapters/golden'
import { type Json, type Page, type Transform, WeaverError } from '@data-weaver/contracts'
import { UsageError } from '../failure.ts'
import type { Command } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import { guarded } from './check.ts'
import { transformOf } from './input.ts'
import { exchangeLines, recordsOf } from './page-text.ts'
import { boundsOf, cleanValue, firstPages, openSession, type Session, sourceOptions } from './session.ts'

const usual = { pages: 1, seconds: 60, name: 'recorded' } as const

export const record: Command = {
  usage: 'adapter record <id or folder> --config file.json [--out fixtures/] [--name madrid]',
  purpose: 'Records pages of the real source as fixtures, without the secrets: request, response and body.',
  options: {
    ...sourceOptions,
    out: { type: 'string', value: 'folder', help: 'Where the files go. Default: `fixtures` beside the adapter.' },
    name: { type: 'string', value: 'name', help: `Beginning of the files' names. Default: ${usual.name}.` },
    pages: { type: 'string', value: 'number', help: `Pages, or segments of a live source, that are recorded. Default ${usual.pages}.` },
    seconds: { type: 'string', value: 'number', help: `Time after which it ends, seconds. Default ${usual.seconds}.` },
    cursor: { type: 'string', value: 'JSON', help: 'Where to begin: the cursor of a page, or @file.' },
    transform: { type: 'string', value: 'file.json', help: 'Kept with the page: its documents are made by this mapping.' },
    stream: { type: 'string', value: 'name', help: 'Name of the stream in the ids of the documents. Default: the id of the adapter.' },
    overwrite: { type: 'boolean', help: 'Replaces files that are there.' },
  },
  arguments: [1, 1],
  async run(given, surroundings) {
    const { out, cwd } = surroundings
    const name = given.text('name') ?? usual.name
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name))
      throw new UsageError('--name must be a plain file name.', 'For example --name madrid.')
    const bounds = await boundsOf(given, surroundings, usual)
    await using session = await openSession(given, surroundings)
    const { adapter, folder } = session.choice
    const target = given.text('out') === undefined ? join(folder, 'fixtures') : resolve(cwd, given.text('out') ?? '')
    const transform = await transformOf(given, surroundings)
    const stream = given.text('stream')
    return await guarded(session, surroundings, async () => {
      let count = 0
      for await (const page of firstPages(session, bounds, surroundings)) {
        count += 1
        const more = { ...(stream === undefined ? {} : { stream }), ...(transform === undefined ? {} : { transform }) }
        const files = filesOf(session, page, bounds.pages === 1 ? name : `${name}-${count}`, more)
        for (const line of exchangeLines(page, session)) out(line)
        warnOfChanges(session, page, files.body.content, surroundings)
        await write(target, files, given.flag('overwrite'))
        for (const { file } of [files.page, files.body]) out(`wrote ${relative(cwd, join(target, file))}`)
      }
      if (count === 0) {
        surroundings.err('The source had nothing to give: nothing is recorded.')
        return 1
      }
      out(`Look at what was recorded before you publish it. Then: weaver adapter test ${given.positionals[0] ?? adapter.id} --update`)
      return 0
    })
  },
}

interface File {
  readonly file: string
  readonly content: Uint8Array
}

interface Files {
  readonly page: File
  readonly body: File
}

/** @throws WeaverError `invalid_request` when a secret is left in them, in bytes from which it cannot be taken. */
function filesOf(session: Session, page: Page, name: string, more: { readonly stream?: string; readonly transform?: Transform }): Files {
  const { clean, config, secretNames } = session
  const content = cleanBody(page.body, clean)
  const bodyFile = `${name}.body.${endingOf(page)}`
  const recorded = {
    config: cleanValue(config as Json, clean),
    secretNames: [...secretNames],
    ...more,
    request: cleanValue(page.request as unknown as Json, clean),
    response: cleanValue(page.response as unknown as Json, clean),
    body: bodyFile,
  } as RecordedPage
  const files = {
    page: { file: `${name}.page.json`, content: Buffer.from(`${JSON.stringify(recorded, null, 2)}\n`) },
    body: { file: bodyFile, content },
  }
  for (const { file, content: bytes } of [files.page, files.body]) {
    // Byte by byte: what is no text is looked through as well.
    if (session.holdsSecret(Buffer.from(bytes).toString('latin1'))) {
      const problem = 'has a secret in it that cannot be taken out, and is not written'
      throw new WeaverError('invalid_request', `${file} ${problem}`, {
        errors: [{ field: file, problem, hint: 'Record another page, or make the fixture by hand.' }],
      })
    }
  }
  return files
}

/** Names under which sources give out credentials of their own, which nobody has told us. */
const grantedFields = /("(?:access_?token|refresh_?token|id_?token|client_?secret|password|api_?key)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi

/** The body without secrets; bytes that are no text stay as they are. */
function cleanBody(body: Uint8Array, clean: (text: string) => string): Uint8Array {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return body
  }
  const cleaned = clean(text).replaceAll(grantedFields, '$1"[redacted]"')
  return cleaned === text ? body : Buffer.from(cleaned)
}

const endings: readonly (readonly [pattern: RegExp, ending: string])[] = [
  [/ndjson|jsonl/, 'ndjson'],
  [/json/, 'json'],
  [/xml|rss|atom/, 'xml'],
  [/csv/, 'csv'],
  [/html/, 'html'],
]

/** By the content type, or by what it looks like: the segments of a live source are not of the type that its headers say. */
function endingOf({ body, response }: Page): string {
  const type = response.headers['content-type'] ?? ''
  const known = endings.find(([pattern]) => pattern.test(type))?.[1]
  if (known !== undefined) return known
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return 'bin'
  }
  if (isJson(text)) return 'json'
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.length > 0 && lines.every(isJson) ? 'ndjson' : 'txt'
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A fixture with other records than the source's is of little use, and nobody would see why. */
function warnOfChanges({ choice: { adapter }, config, clean }: Session, page: Page, body: Uint8Array, { err }: Surroundings): void {
  const before = recordsOf(adapter, config, page)
  try {
    const after = recordsOf(adapter, config, { ...page, body })
    const changed = before.filter((one, index) => !isDeepStrictEqual(one, after[index])).length
    if (changed > 0) err(`Taking the secrets out of the body has changed ${changed} of ${before.length} records.`)
  } catch (error) {
    err(`Without the secrets the body cannot be read any more: ${clean(error instanceof Error ? error.message : String(error))}`)
  }
}

async function write(target: string, { page, body }: Files, overwrite: boolean): Promise<void> {
  await mkdir(target, { recursive: true })
  // The body first: a page file whose body is missing would be a broken fixture.
  for (const { file, content } of [body, page]) {
    try {
      await writeFile(join(target, file), content, { flag: overwrite ? 'w' : 'wx' })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
      const error = { field: join(target, file), problem: 'is there already', hint: 'Give another --name, or --overwrite.' }
      throw new WeaverError('invalid_request', `${error.field} ${error.problem}`, { errors: [error], cause })
    }
  }
}
