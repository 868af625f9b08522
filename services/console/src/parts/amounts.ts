const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

export const count = (value: number): string => whole.format(value)

/** `1 run`, `14 runs` */
export const plural = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`

const sizes = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function bytes(value: number): string {
  const power = Math.min(value < 1 ? 0 : Math.floor(Math.log10(value) / 3), sizes.length - 1)
  return `${short.format(value / 1000 ** power)} ${sizes[power]}`
}

const spans: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** A duration: `320 ms`, `4.2 s`, `3 min`. */
export function span(ms: number): string {
  const [unit, size] = spans.find(([, one]) => ms >= one) ?? ['ms', 1]
  return `${unit === 'ms' ? Math.round(ms) : short.format(ms / size)} ${unit}`
}
