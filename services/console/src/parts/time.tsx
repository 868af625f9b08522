import { useNow } from '../browser/clock.ts'

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const exact = new Intl.DateTimeFormat('en-GB', {
  ...{ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  timeZoneName: 'short',
})

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** `12 sec. ago`, `in 3 min.` */
export function relativeTime(at: number, now: number): string {
  const difference = at - now
  const [unit, ms] = units.find(([, size]) => Math.abs(difference) >= size) ?? (['second', 1000] as const)
  return relative.format(Math.trunc(difference / ms), unit)
}

const ofDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** The time of a day that is known, in the zone of the reader. */
export const timeOfDay = (at: number | string): string => ofDay.format(new Date(at))

/** In the zone of the reader. */
export const exactTime = (at: number | string): string => exact.format(new Date(at))

/** A time relative to now, which moves on by itself; the exact one shows when the pointer rests on it. */
export function Time({ at }: { readonly at: string | null | undefined }) {
  const now = useNow()
  if (at === null || at === undefined) return <span className="muted">–</span>
  return (
    <time dateTime={at} title={exactTime(at)} className="number">
      {relativeTime(Date.parse(at), now)}
    </time>
  )
}
