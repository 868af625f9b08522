import { type Json, type RecordProblem, WeaverError } from '@data-weaver/contracts'

/** A message of a live source. */
export interface LiveMessage {
  /** When it came, milliseconds since the Unix epoch. */
  readonly at: number
  /** As it came: text, or the bytes of what is no text. */
  readonly data: string | Uint8Array
  /** The name of the event, where the source gives one. */
  readonly event?: string | undefined
  /** The source's own id of the message. */
  readonly id?: string | undefined
  /** Names of records in it that are older than what came before, and so are not to be read. */
  readonly stale?: readonly string[] | undefined
  /** Where the source goes on behind this message, when it can. Absent: at the position before it. */
  readonly position?: Json | undefined
}

/** Messages that became one page. */
export interface Segment {
  /** NDJSON, a line for each message. */
  readonly body: Uint8Array
  readonly messages: number
  /** When the last of them came, milliseconds since the Unix epoch. */
  readonly lastAt: number
  /** The position of the last message that has one. */
  readonly position: Json | undefined
}

/** A message as it is read back from a segment. */
export interface StoredMessage {
  /** ISO 8601. */
  readonly at: string
  readonly data: string | Uint8Array
  readonly event?: string
  readonly id?: string
  readonly stale?: readonly string[]
}

/**
 * The line of a message, with its line break: `{"at", "data"}` with the text as a JSON string, or `{"at", "binary"}` in base64, and
 * `event`, `id` and `stale` where there are some. So every byte that came can be had again.
 */
export function segmentLine({ at, data, event, id, stale }: LiveMessage): string {
  const content =
    typeof data === 'string' ? { data } : { binary: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') }
  return `${JSON.stringify({ at: new Date(at).toISOString(), ...content, event, id, stale })}\n`
}

/**
 * The messages of a stored segment; a line that cannot be read is a problem, and the others go on.
 * @throws WeaverError `source_malformed` when it is no text at all.
 */
export function* readSegment(body: Uint8Array): Generator<StoredMessage | RecordProblem> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    throw new WeaverError('source_malformed', 'The segment cannot be read: it is not valid UTF-8.')
  }
  for (const line of text.split('\n')) {
    if (line !== '') yield readLine(line) ?? { problem: 'the line of the segment is not a message' }
  }
}

function readLine(line: string): StoredMessage | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { at, data, binary, event, id, stale } = parsed as Readonly<Record<string, unknown>>
  if (typeof at !== 'string') return undefined
  const content = typeof data === 'string' ? data : typeof binary === 'string' ? new Uint8Array(Buffer.from(binary, 'base64')) : undefined
  if (content === undefined) return undefined
  return {
    at,
    data: content,
    ...(typeof event === 'string' ? { event } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(Array.isArray(stale) ? { stale: stale.filter((one) => typeof one === 'string') } : {}),
  }
}
