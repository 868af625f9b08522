import { type AdapterContext, type Json, type WebSocketConnection, WeaverError } from '@data-weaver/contracts'
import { parseJson } from '../src/exact-json.ts'
import { fillPlaceholders, placeholdersIn } from '../src/live/connecting.ts'
import { ResumeRefused } from '../src/live/pages.ts'
import { messageMatcher, type MessagePredicate } from '../src/live/predicate.ts'
import type { LiveMessage } from '../src/live/segment.ts'
import { lookup, parsePath } from '../src/path.ts'
import type { WebSocketConfig } from './schema.ts'

export type Cursor = string | number

type Opening = NonNullable<WebSocketConfig['open']>[number]

/** What is said and heard on one connection. */
export class Conversation {
  readonly #context: AdapterContext<WebSocketConfig>
  readonly #connection: WebSocketConnection
  readonly #cursor: Cursor | undefined
  /** Opening messages that are still to be sent. */
  readonly #opening: Opening[]
  readonly #over = new AbortController()

  /** @param cursor where the source is to go on; undefined: anywhere. @param resumed it is one that the source gave */
  constructor(context: AdapterContext<WebSocketConfig>, connection: WebSocketConnection, cursor: Cursor | undefined, resumed: boolean) {
    this.#context = context
    this.#connection = connection
    this.#cursor = cursor
    this.#opening = (context.config.open ?? []).filter(({ send, when = 'always' }) => {
      if (cursor === undefined && placeholdersIn(send as Json).includes('cursor')) return false
      return when === 'always' || (when === 'resume') === resumed
    })
  }

  /** Sends what is to be said first. Rejects when the connection is lost on it. */
  async begin(): Promise<void> {
    await this.#sayOpening()
    const { heartbeat } = this.#context.config
    if (heartbeat !== undefined) void this.#beat(heartbeat.send as Json, heartbeat.everyMs)
  }

  end(): void {
    this.#over.abort()
    this.#connection.close()
  }

  /** @param resumed whether the source may say that it cannot go on */
  async *messages(resumed: boolean): AsyncGenerator<LiveMessage> {
    const { config, clock } = this.#context
    const { replies = [], resume, ignore } = config
    const ignored = ignore && messageMatcher(ignore)
    const refused = resumed && resume?.refusedWhen !== undefined ? messageMatcher([resume.refusedWhen]) : undefined
    const answers = replies.map(({ to, send }) => ({ matches: messageMatcher([to]), send: send as Json }))
    const position = resume && parsePath(resume.path)
    for await (const data of this.#connection.messages) {
      const at = clock.now()
      const heard = new Heard(data)
      await this.#sayOpening(heard)
      for (const { matches, send } of answers) if (heard.is(matches)) await this.#say(send)
      if (refused !== undefined && heard.is(refused)) throw new ResumeRefused()
      if (ignored !== undefined && heard.is(ignored)) continue
      yield { at, data, position: position === undefined ? undefined : cursorOf(lookup(heard.json(), position)) }
    }
  }

  /** Sends opening messages up to the next that waits for something else. */
  async #sayOpening(heard?: Heard): Promise<void> {
    for (let message = heard; this.#opening[0] !== undefined; message = undefined) {
      const { after, send } = this.#opening[0]
      if (after !== undefined && message?.is(matcherOf(after)) !== true) return
      this.#opening.shift()
      await this.#say(send as Json)
    }
  }

  async #say(template: Json): Promise<void> {
    const filled = fillPlaceholders(template, (name) => {
      if (name === 'cursor' && this.#cursor !== undefined) return this.#cursor
      return this.#context.secret(name.replace(/^secret\./, ''))
    })
    await this.#connection.send(typeof filled === 'string' ? filled : JSON.stringify(filled))
  }

  async #beat(template: Json, everyMs: number): Promise<void> {
    const { clock, log } = this.#context
    try {
      for (;;) {
        await clock.sleep(everyMs, this.#over.signal)
        await this.#say(template)
      }
    } catch (error) {
      // The end of the connection is told to those who read from it.
      if (!this.#over.signal.aborted) log.debug({ code: error instanceof WeaverError ? error.code : undefined }, 'heartbeat was not sent')
    }
  }
}

const matcherOf = (predicate: MessagePredicate) => messageMatcher([predicate])

const cursorOf = (value: Json | undefined): Cursor | undefined =>
  typeof value === 'string' || typeof value === 'number' ? value : undefined

/** A message, read as far as somebody asks. */
class Heard {
  readonly #data: string | Uint8Array
  #parsed: { readonly json: Json | undefined } | undefined

  constructor(data: string | Uint8Array) {
    this.#data = data
  }

  get #text(): string {
    return typeof this.#data === 'string' ? this.#data : Buffer.from(this.#data).toString('utf8')
  }

  is(matches: ReturnType<typeof messageMatcher>): boolean {
    return matches(this.#text, () => this.json())
  }

  json(): Json | undefined {
    this.#parsed ??= { json: parsed(this.#text) }
    return this.#parsed.json
  }
}

/** What is no JSON has no values; whoever reads the record later says so. */
function parsed(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof WeaverError) return undefined
    throw error
  }
}
