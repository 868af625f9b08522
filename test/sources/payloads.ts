import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Json } from '@data-weaver/contracts'

/** Bodies that were recorded from the real sources, in a folder beside this repository. They are not ours to publish. */
const folder = fileURLToPath(new URL('../../../shared/payloads/', import.meta.url))

/** Whether they are there; else says why a test is left out. */
export function haveRecordedBodies(): boolean {
  const there = existsSync(folder)
  if (!there) process.stderr.write(`Left out: the recorded bodies of the sources are not in ${folder}\n`)
  return there
}

/** A recorded body as text. */
export const recordedText = (path: string): string => readFileSync(`${folder}${path}`, 'utf8')

/** A recorded body; some are wrapped, with a note of where they are from. */
export function recorded<T = Json>(path: string): T {
  const whole = JSON.parse(recordedText(path)) as { readonly _origin?: string; readonly body?: T }
  return whole._origin === undefined || whole.body === undefined ? (whole as T) : whole.body
}
