import { type Json, type JsonObject, WeaverError } from '@data-weaver/contracts'
import { type ParsedElementInfo, Tokenizer, TokenParser } from '@streamparser/json'
import { exactNumber } from '../../src/exact-json.ts'
import { parsePath } from '../../src/path.ts'
import type { Row } from '../decoder/row.ts'
import { longestRecord } from './limits.ts'
import { malformed, tooLong } from './text.ts'

/**
 * The records of one JSON that comes in pieces: the elements of the array at a path, or the object there. Only one of them is held at a time.
 * @throws WeaverError `source_malformed`, when it is no JSON or has nothing at the path
 */
export async function* jsonRows(text: AsyncIterable<string>, path: string | undefined): AsyncGenerator<Row> {
  const parser = new RowParser(path)
  for await (const chars of text) {
    for (const row of parser.read(chars)) yield row
  }
  yield* parser.end()
}

/** As elsewhere: what a double cannot hold stays a text with all its digits. */
class ExactTokenizer extends Tokenizer {
  protected override parseNumber(text: string): number {
    return exactNumber(Number(text), text) as number
  }
}

class RowParser {
  readonly #tokenizer = new ExactTokenizer()
  readonly #parser: TokenParser
  readonly #path: string | undefined
  #rows: Row[] = []
  /** The array or the object that stands at the path. */
  #holder: unknown
  /** The object at the path, when there is no array. */
  #single: JsonObject | undefined
  /** Characters since the last record. */
  #waiting = 0
  #empty = true

  constructor(path: string | undefined) {
    this.#path = path
    const place = path === undefined ? [] : parsePath(path)
    this.#parser = new TokenParser({ paths: [['$', ...place, '*'].join('.')], keepStack: false })
    this.#tokenizer.onToken = (token) => this.#parser.write(token)
    this.#parser.onValue = (found) => this.#take(found)
  }

  read(chars: string): readonly Row[] {
    this.#rows = []
    this.#waiting += chars.length
    if (this.#empty) this.#empty = chars.trim() === ''
    this.#parse(() => this.#tokenizer.write(chars))
    if (this.#rows.length > 0) this.#waiting = 0
    if (this.#waiting > longestRecord) throw tooLong(longestRecord)
    return this.#rows
  }

  *end(): Generator<Row> {
    if (this.#empty) throw malformed('the body is empty')
    this.#parse(() => {
      if (!this.#tokenizer.isEnded) this.#tokenizer.end()
      if (!this.#parser.isEnded) this.#parser.end()
    })
    if (this.#single !== undefined) yield this.#single
    else if (this.#holder === undefined) {
      const place = this.#path === undefined ? 'the body' : `\`records.path\` (${this.#path})`
      throw new WeaverError('source_malformed', `The answer has no records at ${place}.`)
    }
  }

  #parse(step: () => void): void {
    try {
      step()
    } catch (error) {
      // The library's messages quote the body.
      throw error instanceof WeaverError ? error : malformed('the body is not valid JSON')
    }
  }

  #take({ value, key, parent }: ParsedElementInfo): void {
    this.#holder ??= parent
    if (this.#holder !== parent) throw malformed('what should be there once is there twice')
    if (Array.isArray(parent)) {
      this.#rows.push(value as Json)
      return
    }
    this.#single ??= {}
    Object.defineProperty(this.#single, String(key), { value, writable: true, enumerable: true, configurable: true })
  }
}
