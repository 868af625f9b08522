/** Limits of what has a four-digit year, milliseconds since the Unix epoch. */
const earliest = -62_167_219_200_000 // 0000-01-01T00:00:00.000Z
const latest = 253_402_300_799_999 // 9999-12-31T23:59:59.999Z

const iso =
  /^(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)(?:[Tt ](?<hour>\d\d)(?:(?<colon>:?)(?<minute>\d\d)(?:\k<colon>(?<second>\d\d)(?:[.,](?<fraction>\d{1,12}))?)?)?(?: ?(?<zone>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?$/
const rfc2822 =
  /^(?:[A-Za-z]{3,9},? +)?(?<day>\d{1,2}) +(?<month>[A-Za-z]{3}) +(?<year>\d{4}|\d\d) +(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d))? +(?<zone>[+-]\d{4}|[A-Za-z]{1,3})(?: *\([^()]*\))?$/

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Minutes east of UTC of the zone names RFC 2822 defines; it says of all others that their meaning is not known. */
const zones: Readonly<Record<string, number>> = {
  z: 0,
  ut: 0,
  utc: 0,
  gmt: 0,
  edt: -240,
  est: -300,
  cdt: -300,
  cst: -360,
  mdt: -360,
  mst: -420,
  pdt: -420,
  pst: -480,
}

type Groups = Readonly<Record<string, string | undefined>>

/**
 * Reads an ISO 8601 or RFC 2822 time; answers milliseconds since the Unix epoch, or undefined when it is neither, or no real date.
 * A time without a zone is UTC, never the machine's zone; finer than milliseconds is cut off; second 60 is the next minute's 0.
 */
export function parseTime(text: string): number | undefined {
  const groups = iso.exec(text)?.groups
  if (groups !== undefined) return isoTime(groups)
  const mail = rfc2822.exec(text)?.groups
  return mail === undefined ? undefined : mailTime(mail)
}

export const formatTime = (millis: number): string => new Date(Math.floor(millis)).toISOString()

/** Why a number of milliseconds is no time of ours, or undefined. */
export const timeRangeProblem = (millis: number): string | undefined =>
  millis >= earliest && millis <= latest ? undefined : 'is outside the years 0000 to 9999'

function isoTime(groups: Groups): number | undefined {
  // Eight bare digits may as well be a number; the short form needs its time to be recognised.
  if (groups['dash'] === '' && groups['hour'] === undefined) return undefined
  // The two forms of ISO 8601, with and without separators, do not mix (an hour alone has none).
  if (groups['minute'] !== undefined && (groups['dash'] === '') !== (groups['colon'] === '')) return undefined
  const millis = Number(`${groups['fraction'] ?? ''}000`.slice(0, 3))
  return moment(Number(groups['year']), Number(groups['month']), groups, offset(groups['zone']), millis)
}

function mailTime(groups: Groups): number | undefined {
  const digits = groups['year'] as string
  const year = digits.length === 4 ? Number(digits) : Number(digits) + (Number(digits) < 50 ? 2000 : 1900)
  return moment(year, months.indexOf((groups['month'] as string).toLowerCase()) + 1, groups, offset(groups['zone']), 0)
}

/** Minutes east of UTC, undefined for a zone that does not exist. */
function offset(zone: string | undefined): number | undefined {
  if (zone === undefined) return 0
  if (!/^[+-]/.test(zone)) return Object.hasOwn(zones, zone.toLowerCase()) ? zones[zone.toLowerCase()] : undefined
  const digits = zone.replaceAll(/\D/g, '').padEnd(4, '0')
  const hours = Number(digits.slice(0, 2))
  const minutes = Number(digits.slice(2))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function moment(year: number, month: number, groups: Groups, zone: number | undefined, millis: number): number | undefined {
  const [day, hour, minute, second] = ['day', 'hour', 'minute', 'second'].map((name) => Number(groups[name] ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  if (zone === undefined || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return undefined
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  // A day that does not exist rolls over into the next month.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.setUTCHours(hour, minute - zone, second, millis)
}
