import { heldPage, parseConfig } from '@data-weaver/adapters'
import { redaction } from '@data-weaver/adapters/kit'
import { type AdapterContext, type Json, type LargePage, type Log, type Page, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow, readCertificates, Redactor } from '@data-weaver/egress'
import { printable } from '../printable.ts'
import type { Command, Given } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import { type Choice, chooseAdapter } from './choice.ts'
import { cursorOf, jsonFile, secretsOf } from './input.ts'

/** Options of every command that asks the source. */
export const sourceOptions = {
  config: { type: 'string', value: 'file.json', help: 'Configuration of the adapter. Default: its example.' },
  secret: {
    type: 'string',
    multiple: true,
    value: 'name=@file',
    help: 'A secret, from a file or from a variable: name=env:VARIABLE. Once for each.',
  },
  allow: { type: 'string', value: 'hosts', help: 'Private hosts that may be asked, like WEAVER_EGRESS_ALLOW: 127.0.0.1:8080.' },
} as const satisfies Command['options']

/** An adapter with a configuration and secrets, and a way out. */
export interface Session extends AsyncDisposable {
  readonly choice: Choice
  readonly config: Readonly<Record<string, unknown>>
  readonly secretNames: readonly string[]
  /** Whether a text has a secret in it. */
  holdsSecret(text: string): boolean
  /** Takes the secrets out of a text, in any form in which a source may send them back. */
  clean(text: string): string
  context(signal: AbortSignal, drain: AbortSignal, cursor: Json | null): AdapterContext<Record<string, unknown>>
}

/** @throws WeaverError whatever is wrong with the adapter, the configuration, the secrets or the settings */
export async function openSession(given: Given, surroundings: Surroundings): Promise<Session> {
  const { cwd, clock } = surroundings
  const choice = await chooseAdapter(given.positionals[0] ?? '', surroundings)
  const { adapter, settings } = choice
  const allow = parseEgressAllow([settings.WEAVER_EGRESS_ALLOW, given.text('allow') ?? ''].filter((entry) => entry !== '').join(','))
  const certificates = await readCertificates(settings.WEAVER_CA_FILE)
  const file = given.text('config')
  const secrets = await secretsOf(given, surroundings)
  const config = parseConfig(adapter, file === undefined ? adapter.example : await jsonFile('--config', file, cwd), [...secrets.keys()])
  const egress = createEgress({ allow, clock, ...certificates })
  const values = [...secrets.values()]
  let redactor = new Redactor(values)
  let redact = redaction(values)
  const clean = (text: string) => redactor.text(redact(text))
  // A login gives a token, which the source may send back like any other secret.
  const hidden = new Set(values)
  const onSecrets = (more: readonly string[]): void => {
    if (more.every((secret) => hidden.has(secret))) return
    more.forEach((secret) => void hidden.add(secret))
    redactor = new Redactor([...hidden])
    redact = redaction([...hidden])
  }
  const log = logTo(surroundings, settings.WEAVER_LOG_LEVEL, clean)
  return {
    choice,
    config,
    secretNames: [...secrets.keys()],
    holdsSecret: (text) => redactor.holdsSecret(text),
    clean,
    context: (signal, drain, cursor) => ({
      config,
      cursor,
      http: egress.http({ signal, secrets: values, log, onSecrets }),
      clock,
      secret(name) {
        const value = secrets.get(name)
        if (value !== undefined) return value
        const hint = `Pass it: --secret ${name}=@file or --secret ${name}=env:VARIABLE.`
        throw new WeaverError('missing_secret', `there is no secret "${name}"`, {
          errors: [{ field: `secrets.${name}`, problem: 'is missing', hint }],
        })
      },
      hasSecret: (name) => secrets.has(name),
      log,
      signal,
      drain,
    }),
    [Symbol.asyncDispose]: () => egress.close(),
  }
}

const levels = ['debug', 'info', 'warn', 'error', 'silent']

/** What an adapter logs goes beside what was asked for. */
function logTo({ err }: Surroundings, level: string, clean: (text: string) => string): Log {
  const write = (name: string) => (fields: object, message: string) => {
    if (levels.indexOf(name) >= levels.indexOf(level)) err(printable(clean(`${name}: ${message} ${JSON.stringify(fields)}`)))
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

/** A value without secrets, however deep they are. A number that is one becomes text. */
export function cleanValue(value: Json | undefined, clean: (text: string) => string): Json {
  if (typeof value === 'string') return clean(value)
  if (typeof value === 'number') return clean(String(value)) === String(value) ? value : clean(String(value))
  if (Array.isArray(value)) return value.map((inner) => cleanValue(inner, clean))
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [clean(name), cleanValue(inner, clean)]))
}

/** Where a command begins and where it ends. */
export interface Bounds {
  /** Pages after which it ends. */
  readonly pages: number
  /** Seconds after which it ends. */
  readonly seconds: number
  readonly cursor: Json | null
}

/** The options of {@link Bounds}, looked at before anything is opened. @throws UsageError */
export async function boundsOf(given: Given, surroundings: Surroundings, usual: Pick<Bounds, 'pages' | 'seconds'>): Promise<Bounds> {
  return {
    pages: given.count('pages', usual.pages),
    seconds: given.count('seconds', usual.seconds),
    cursor: await cursorOf(given, surroundings),
  }
}

/** After its time a live adapter may hand over the segment that it gathers, milliseconds. */
const drainMs = 5000

/**
 * The first pages of a run. Ends after so many pages, or after so long: then a live adapter yields what it has.
 * @throws WeaverError what the source is at fault for; `source_timeout` when nothing came in time
 */
export async function* firstPages(
  session: Session,
  { pages, seconds, cursor }: Bounds,
  { clock, signal }: Surroundings,
): AsyncGenerator<Page> {
  const { adapter } = session.choice
  const [drain, late, over] = [new AbortController(), new AbortController(), new AbortController()]
  const ending = async () => {
    await clock.sleep(seconds * 1000, over.signal)
    drain.abort()
    if (adapter.mode === 'live') await clock.sleep(drainMs, over.signal)
    late.abort(new WeaverError('source_timeout', `nothing came within ${seconds} s`))
  }
  ending().catch(() => {})
  const ended = AbortSignal.any([signal, late.signal])
  const aborted = Promise.withResolvers<never>()
  aborted.promise.catch(() => {})
  ended.addEventListener('abort', () => aborted.reject(ended.reason as Error), { once: true })
  const iterator = adapter.pages(session.context(ended, drain.signal, cursor))[Symbol.asyncIterator]()
  try {
    for (let count = 0; count < pages; count += 1) {
      let next: IteratorResult<Page | LargePage>
      try {
        // An adapter that does not heed the signal must not hold the command up.
        next = await Promise.race([iterator.next(), aborted.promise])
      } catch (error) {
        if (late.signal.aborted && count > 0) return
        throw error
      }
      if (next.done === true) return
      yield await Promise.race([heldPage(next.value), aborted.promise])
    }
  } finally {
    over.abort()
    iterator.return?.().catch(() => {})
  }
}
