/** What the headers of an answer say about the source's limits. Durations in milliseconds from when the answer came. */
export interface StatedLimits {
  /** Send nothing for so long; null: it did not say so. */
  readonly blockMs: number | null
  readonly limit: number | null
  /** With `resetMs`: so many requests until then. */
  readonly remaining: number | null
  readonly resetMs: number | null
  /** The header that decided, or `status`. */
  readonly from: string
}

type Headers = Readonly<Record<string, string>>

/** What `limit`, `remaining` and `reset` are called. The first that states how many remain is believed. */
const families = [
  ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
  ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['x-rate-limit-limit', 'x-rate-limit-remaining', 'x-rate-limit-reset'],
  ['x-ratelimit-requests-limit', 'x-ratelimit-requests-remaining', 'x-ratelimit-requests-reset'],
  ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
] as const

/** How long nothing is sent after a 429 that does not say how long, milliseconds. */
const unknownBlockMs = 1000
/** Answers that say "not now": with `Retry-After` they hold for all who share the budget. */
const refusing = new Set([403, 429, 503])
/** Longest header that is read, characters; what is longer is none of these. */
const maxLength = 1000
/** Above this a number is no count of requests. */
const maxCount = 1e12

/** Reads limits; undefined when the answer says nothing about any. `now`: our clock, milliseconds since the Unix epoch. */
export function readLimits(status: number, headers: Headers, now: number): StatedLimits | undefined {
  // Dates are meant by the source's clock, so they are measured from the source's own `Date`.
  const at = dateOf(headers['date']) ?? now
  const window = ietfWindow(headers) ?? familyWindow(headers, at)
  const nothing = { blockMs: null, limit: null, remaining: null, resetMs: null }
  const retryAfter = refusing.has(status) ? durationOf(headers['retry-after'], at) : undefined
  if (retryAfter !== undefined) return { ...nothing, ...window, blockMs: retryAfter, from: 'retry-after' }
  if (status !== 429) return window === undefined || window.remaining === null || window.resetMs === null ? undefined : window
  const resetMs = window?.resetMs ?? null
  // Some remain, and yet it refuses: a limit that it does not state, most often of bursts.
  if (window === undefined || resetMs === null || (window.remaining ?? 0) > 0) {
    return { ...nothing, ...window, blockMs: unknownBlockMs, from: 'status' }
  }
  return { ...window, blockMs: resetMs }
}

function familyWindow(headers: Headers, at: number): StatedLimits | undefined {
  for (const [limit, remaining, reset] of families) {
    const left = countOf(headers[remaining])
    const resetMs = durationOf(headers[reset], at)
    if (left === undefined && resetMs === undefined) continue
    return {
      blockMs: null,
      limit: countOf(headers[limit]) ?? null,
      remaining: left ?? null,
      resetMs: resetMs ?? null,
      from: left === undefined ? reset : remaining,
    }
  }
  return undefined
}

/** `RateLimit: "name";r=50;t=30` with `RateLimit-Policy: "name";q=100;w=60`, and the form between: `limit=100, remaining=50, reset=30`. */
function ietfWindow(headers: Headers): StatedLimits | undefined {
  const entries = listOf(headers['ratelimit'])
  if (entries.length === 0) return undefined
  const pairs = new Map(
    entries.map(({ item, parameters }) => [item.split('=', 1)[0] ?? '', { text: item.slice(item.indexOf('=') + 1), parameters }]),
  )
  const limits = new Map(listOf(headers['ratelimit-policy']).map(({ item, parameters }) => [item, parameters]))
  const between = countOf(pairs.get('remaining')?.text)
  if (between !== undefined) {
    const resetMs = durationOf(pairs.get('reset')?.text, 0)
    return {
      blockMs: null,
      limit: countOf(pairs.get('limit')?.text) ?? null,
      remaining: between,
      resetMs: resetMs ?? null,
      from: 'ratelimit',
    }
  }
  const windows = entries.flatMap(({ item, parameters }): StatedLimits[] => {
    const remaining = countOf(parameters.get('r'))
    if (remaining === undefined) return []
    const policy = limits.get(item)
    const resetMs = durationOf(parameters.get('t') ?? policy?.get('w'), 0)
    return [{ blockMs: null, limit: countOf(policy?.get('q')) ?? null, remaining, resetMs: resetMs ?? null, from: 'ratelimit' }]
  })
  // Of several policies the one that is nearest to its end, and of those the one that lasts.
  return windows.toSorted((a, b) => (a.remaining ?? 0) - (b.remaining ?? 0) || (b.resetMs ?? 0) - (a.resetMs ?? 0))[0]
}

interface ListEntry {
  readonly item: string
  readonly parameters: ReadonlyMap<string, string>
}

/** A list of structured fields (RFC 9651), as tolerant as can be: items as they are written, without quotes, with their parameters. */
function listOf(header: string | undefined): readonly ListEntry[] {
  if (header === undefined || header.length > maxLength) return []
  return split(header, ',').map((member) => {
    const [item = '', ...parameters] = split(member, ';')
    const pairs = parameters.map((pair): [string, string] => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), unquoted(pair.slice(at + 1).trim())]
    })
    return { item: unquoted(item), parameters: new Map(pairs) }
  })
}

/** Splits where the separator stands outside of quotes. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  for (const char of text) {
    if (char === '"') quoted = !quoted
    if (char === separator && !quoted) {
      parts.push(part.trim())
      part = ''
    } else part += char
  }
  return [...parts, part.trim()].filter((found) => found !== '')
}

const unquoted = (text: string): string => (text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text)

/** `100`, and `100, 100;w=60` as the older draft has it: the first number. */
function countOf(text: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,15})(?:\.0+)?\s*(?:[,;]|$)/.exec(text ?? '')?.[1]
  const count = digits === undefined ? undefined : Number(digits)
  return count === undefined || count > maxCount ? undefined : count
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Seconds from now, seconds or milliseconds since 1970, an ISO time, a date of HTTP, or `1m30s`, as milliseconds from `at`. */
function durationOf(value: string | undefined, at: number): number | undefined {
  const text = value?.trim() ?? ''
  if (text === '' || text.length > maxLength) return undefined
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) {
    const number = Number(text)
    // Below 10^9 seconds it is a time from now (the number would be a date before 2001), from 10^11 on it counts milliseconds.
    const ms = number < 1e9 ? number * 1000 : (number < 1e11 ? number * 1000 : number) - at
    return Math.max(0, Math.ceil(ms))
  }
  if (/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d))+$/.test(text)) {
    let ms = 0
    for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) ms += Number(number) * (units[unit ?? ''] ?? 0)
    return Math.ceil(ms)
  }
  const date = dateOf(text)
  return date === undefined ? undefined : Math.max(0, date - at)
}

function dateOf(text: string | undefined): number | undefined {
  if (text === undefined || text.length > maxLength || !/\d{4}/.test(text) || !/[A-Za-z-]/.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
