import type { Clock } from '@data-weaver/contracts'

type Headers = Readonly<Record<string, string>>

const resetHeaders = ['x-ratelimit-reset', 'ratelimit-reset', 'x-rate-limit-reset', 'x-ratelimit-requests-reset']

/**
 * Milliseconds until the source wants to be asked again, or undefined when it did not say. Reads `Retry-After` (seconds or a date) and
 * the reset headers, which come as seconds from now, as Unix seconds, as Unix milliseconds or as a date.
 */
export function retryAfterMs(headers: Headers, clock: Clock): number | undefined {
  // A date is meant by the source's clock, so it is measured from the source's own `Date`, whatever our clock says.
  const now = dateOf(headers.date) ?? clock.now()
  const wait = waitOf(headers['retry-after'], now)
  if (wait !== undefined) return wait
  for (const name of resetHeaders) {
    const reset = waitOf(headers[name], now)
    if (reset !== undefined) return reset
  }
  return undefined
}

function waitOf(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) {
    const number = Number(text)
    // Below 10^9 seconds it is a time from now (the number would be a date before 2001), from 10^11 on it counts milliseconds.
    const at = number < 1e9 ? now + number * 1000 : number < 1e11 ? number * 1000 : number
    return Math.max(0, Math.ceil(at - now))
  }
  const date = dateOf(text)
  return date === undefined ? undefined : Math.max(0, date - now)
}

function dateOf(text: string | undefined): number | undefined {
  if (text === undefined || !/\d{4}/.test(text) || !/[A-Za-z-]/.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
