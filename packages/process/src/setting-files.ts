import { open } from 'node:fs/promises'
import { type FieldProblem, fileSettingNames, summary, WeaverError } from '@data-weaver/contracts'

/** Largest file that is read as the value of a setting, bytes. A key or an address is far smaller; a path to something else is not. */
const maxBytes = 65_536

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Puts the content of files in place of `<NAME>_FILE`, for the settings that may be secret: orchestrators hand secrets over as files,
 * and a variable can be read by whoever may look at a process or a container. White space at the end of a file is not part of the value.
 * @throws WeaverError `invalid_settings`, one problem per file, without anything of its content
 */
export async function readSettingFiles(environment: Environment): Promise<Record<string, string | undefined>> {
  const resolved = { ...environment }
  const errors: FieldProblem[] = []
  for (const name of fileSettingNames) {
    const field = `${name}_FILE`
    const path = environment[field]
    delete resolved[field]
    if (path === undefined || path === '') continue
    const given = environment[name]
    if (given !== undefined && given !== '') {
      errors.push({ field, problem: `is set, and so is ${name}`, hint: 'Set one of the two.' })
      continue
    }
    const content = await contentOf(path)
    if ('problem' in content) errors.push({ field, problem: content.problem, hint: `It names a file whose content is ${name}.` })
    else resolved[name] = content.value
  }
  if (errors.length > 0) throw new WeaverError('invalid_settings', summary(errors), { errors })
  return resolved
}

async function contentOf(path: string): Promise<{ readonly value: string } | { readonly problem: string }> {
  try {
    await using file = await open(path)
    const stat = await file.stat()
    if (!stat.isFile() && !stat.isFIFO()) return { problem: `names ${path}, which is no file` }
    // One byte more than may be there shows a file that is too long, whatever its size says.
    const buffer = Buffer.alloc(maxBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length)
      length += bytesRead
      if (bytesRead === 0 || length === buffer.length) break
    }
    if (length > maxBytes) return { problem: `names ${path}, which is larger than ${maxBytes} bytes` }
    const value = buffer.toString('utf8', 0, length).trimEnd()
    return value === '' ? { problem: `names ${path}, which is empty` } : { value }
  } catch (error) {
    return { problem: `names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})` }
  }
}
