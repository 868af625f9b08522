import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Clock, Log } from '@data-weaver/contracts'

export interface Position extends AsyncDisposable {
  now(): number
}

/**
 * A position that moves on by one each `stepMs` while the process runs, and is kept in a file: after a stop, or kill -9, it goes on from
 * there, not from where it would be by now. So nothing happens while nobody watches.
 */
export async function movingPosition(file: string, stepMs: number, { clock, log }: { clock: Clock; log: Log }): Promise<Position> {
  let position = await readPosition(file, log)
  const ending = new AbortController()
  const move = async () => {
    while (!ending.signal.aborted) {
      await clock.sleep(stepMs, ending.signal)
      position += 1
      // Seen by readers at once; a crash before it is written repeats a step, which gives the same feed.
      await save(file, position).catch((error: unknown) => log.warn({ err: error }, 'the position of the demo source could not be kept'))
    }
  }
  const moving = move().catch(() => {})
  return {
    now: () => position,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await moving
      await save(file, position)
    },
  }
}

async function readPosition(file: string, log: Log): Promise<number> {
  try {
    const { position } = JSON.parse(await readFile(file, 'utf8')) as { position: unknown }
    if (Number.isSafeInteger(position) && (position as number) >= 0) return position as number
    log.warn({ file }, 'the position of the demo source is not readable: it begins again')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ err: error }, 'the position of the demo source is not readable: it begins again')
  }
  return 0
}

async function save(file: string, position: number): Promise<void> {
  const aside = `${file}.new`
  await writeFile(aside, `${JSON.stringify({ position })}\n`, { mode: 0o600 })
  await rename(aside, file)
}
