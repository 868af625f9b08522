import { type Json, WeaverError } from '@data-weaver/contracts'
import { SaxesParser } from 'saxes'
import { decodeText } from '../../src/exact-json.ts'
import { lookup, parsePath } from '../../src/path.ts'
import type { BodyReader } from './decoder.ts'
import { rowsAt } from './row.ts'

/** Elements within each other. Deeper ones would end the process where JSON is made of them. */
const mostLevels = 200

/** Entities of HTML that feeds use although XML does not know them. Those that a document defines itself are not expanded, so it is refused. */
const htmlEntities = {
  ...{ nbsp: '\u00a0', copy: '©', reg: '®', trade: '™', euro: '€', deg: '°', middot: '·', bull: '•', times: '×', laquo: '«', raquo: '»' },
  ...{ ndash: '–', mdash: '—', hellip: '…', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', shy: '\u00ad' },
}

/** An element whose end has not come. */
interface Open {
  readonly name: string
  readonly content: Map<string, Json | Json[]>
  text: string
}

/**
 * The elements of a document by name. Values stay text: a reader that guessed numbers would change zip codes and long ids.
 * @throws WeaverError `source_malformed` when it is not well formed: a body that was cut off must not pass.
 */
export function parseXml(body: Uint8Array, contentType: string): Json {
  const text = decodeText(body, declared(body, contentType))
  if (text.trim() === '') throw malformed('the body is empty')
  const root: Open = { name: '', content: new Map(), text: '' }
  const open: Open[] = [root]
  const top = () => open.at(-1) as Open
  const parser = new SaxesParser()
  Object.assign(parser.ENTITIES, htmlEntities)
  // The parser's own messages quote the document.
  parser.on('error', () => {
    throw malformed(`the body is not well-formed XML (line ${parser.line})`)
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length > mostLevels) throw malformed(`the XML has more than ${mostLevels} elements within each other`)
    const content = Object.entries(attributes).map(([attribute, value]): [string, Json] => [`@${attribute}`, value])
    open.push({ name, content: new Map(content), text: '' })
  })
  parser.on('text', (part) => void (top().text += part))
  parser.on('cdata', (part) => void (top().text += part))
  parser.on('closetag', () => {
    const closed = open.pop() as Open
    add(top(), closed.name, valueOf(closed))
  })
  parser.write(text).close()
  return Object.fromEntries(root.content)
}

function valueOf({ content, text }: Open): Json {
  const trimmed = text.trim()
  if (content.size === 0) return trimmed
  if (trimmed !== '') content.set('#text', trimmed)
  return Object.fromEntries(content)
}

/** Elements with the same name become a list. */
function add({ content }: Open, name: string, value: Json): void {
  const others = content.get(name)
  if (others === undefined) content.set(name, value)
  else if (Array.isArray(others)) others.push(value)
  else content.set(name, [others, value])
}

/** Where the answer does not name the encoding, the document may. */
function declared(body: Uint8Array, contentType: string): string {
  if (/;\s*charset\s*=/i.test(contentType)) return contentType
  if (body[0] === 0xff && body[1] === 0xfe) return '; charset=utf-16le'
  if (body[0] === 0xfe && body[1] === 0xff) return '; charset=utf-16be'
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 200)).toString('latin1')
  const encoding = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(start)?.[1]
  return encoding === undefined ? contentType : `; charset=${encoding}`
}

export function xmlBody(path: string | undefined): BodyReader {
  const rows = rowsAt(path)
  const whole = path === undefined ? [] : parsePath(path)
  return (body, contentType) => {
    const json = parseXml(body, contentType)
    // XML has no empty lists: where the element around them is there, and they are not, there are none.
    const none = lookup(json, whole) === undefined && whole.length > 1 && lookup(json, whole.slice(0, -1)) !== undefined
    return { json, rows: none ? [] : rows(json) }
  }
}

const malformed = (problem: string): WeaverError => new WeaverError('source_malformed', `The answer cannot be read: ${problem}.`)
