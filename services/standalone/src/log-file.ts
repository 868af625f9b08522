import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs'

/** Bytes after which a log file is put aside as `<name>.1`, the one before as `<name>.2`. */
const largestBytes = 10 * 2 ** 20
const keptFiles = 2

export interface LogFile extends Disposable {
  readonly path: string
  write(line: string): void
}

/** A file that lines are added to, never larger than 10 MiB, with two older ones beside it. A full disk costs lines, not the process. */
export function openLogFile(path: string, limitBytes = largestBytes): LogFile {
  let file: number | undefined
  let size = 0
  const open = () => {
    file = openSync(path, 'a', 0o600)
    size = statSync(path).size
  }
  const close = () => {
    if (file !== undefined) closeSync(file)
    file = undefined
  }
  const rotate = () => {
    close()
    for (let age = keptFiles; age >= 1; age--) {
      try {
        renameSync(age === 1 ? path : `${path}.${age - 1}`, `${path}.${age}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    open()
  }
  open()
  return {
    path,
    write(line) {
      const bytes = Buffer.from(`${line}\n`)
      try {
        if (size + bytes.byteLength > limitBytes && size > 0) rotate()
        if (file === undefined) return
        writeSync(file, bytes)
        size += bytes.byteLength
      } catch {
        // There is nowhere else to say it. The next line is tried again.
      }
    },
    [Symbol.dispose]: close,
  }
}
