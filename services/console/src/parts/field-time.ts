const two = (value: number): string => String(value).padStart(2, '0')

/** A time as a field of a form takes it, in the zone of the reader, to the second. */
export function fieldTime(at: number): string {
  const date = new Date(at)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** The same time for the API; undefined for what is none. */
export function apiTime(field: string): string | undefined {
  const at = Date.parse(field)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}
