import { type StoredDocument, WeaverError } from '@data-weaver/contracts'

/** The place after which a page begins. */
export type Place = Pick<StoredDocument, 'changedAt' | 'id'>

export const writeCursor = ({ changedAt, id }: Place): string => Buffer.from(JSON.stringify([changedAt, id])).toString('base64url')

/** @throws WeaverError `invalid_request` naming `after` when it is not one of {@link writeCursor}. */
export function readCursor(after: string): Place {
  const place = decode(after)
  // Only what would be written again in the same way was written here.
  if (place !== undefined && writeCursor(place) === after) return place
  const problem = 'is not a cursor of this list'
  throw new WeaverError('invalid_request', `after ${problem}`, {
    errors: [{ field: 'after', problem, hint: 'Pass the `next` of the page before, unchanged.' }],
  })
}

function decode(after: string): Place | undefined {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(after, 'base64url').toString())
  } catch {
    return undefined
  }
  if (!Array.isArray(parts)) return undefined
  const [changedAt, id] = parts as readonly unknown[]
  if (typeof changedAt !== 'string' || !isTime(changedAt)) return undefined
  return typeof id === 'string' && !id.includes('\0') && id.isWellFormed() ? { changedAt, id } : undefined
}

/** Whether it is a time in the one form that is written here. There is no year 0 in Postgres. */
function isTime(text: string): boolean {
  if (!/^(?!0000)\d{4}-/.test(text)) return false
  const time = new Date(text)
  return !Number.isNaN(time.getTime()) && time.toISOString() === text
}
