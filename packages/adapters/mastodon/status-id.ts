/**
 * The order of ids of posts, which is that of time. They are numbers too large to be ones (Mastodon), or texts of one length that sort
 * (ULIDs of GoToSocial): the shorter is the smaller.
 */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

export const laterId = (a: string | undefined, b: string): string => (a === undefined || compareIds(a, b) < 0 ? b : a)

/** Before the first id of all. */
export const noId = '0'

/** Milliseconds since the Unix epoch, and 16 bits that tell those of a millisecond apart. */
const snowflake = /^\d{16,20}$/
const snowflakeBits = 16n

const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** The first characters of a ULID are its milliseconds. */
const ulidTime = 10

/** When an id was given, milliseconds since the Unix epoch; undefined when it does not tell. */
export function timeOfId(id: string): number | undefined {
  if (snowflake.test(id)) return Number(BigInt(id) >> snowflakeBits)
  if (!ulid.test(id)) return undefined
  return Array.from(id.slice(0, ulidTime)).reduce((time, digit) => time * crockford.length + crockford.indexOf(digit), 0)
}

/** An id like this one that is earlier by so much; the same when it does not tell the time. */
export function earlierId(id: string, ms: number): string {
  const time = timeOfId(id)
  if (time === undefined || ms === 0) return id
  const earlier = Math.max(0, time - ms)
  if (snowflake.test(id)) return String(BigInt(earlier) << snowflakeBits)
  let digits = ''
  for (let rest = earlier; digits.length < ulidTime; rest = Math.floor(rest / crockford.length))
    digits = crockford.charAt(rest % crockford.length) + digits
  return digits.padEnd(id.length, '0')
}
