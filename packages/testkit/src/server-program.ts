import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** The path of a program on this machine, or undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']) {
    const path = join(folder, name)
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (folder !== '' && runs) return path
  }
  return undefined
}

/**
 * The path of a server program that tests need, for `describe.skipIf(program === undefined)`. Where it is missing a message says so;
 * with `WEAVER_REQUIRE_SERVERS=1` (continuous integration) that is an error instead, so that nothing is skipped unnoticed.
 */
export async function requireServer(name: string): Promise<string | undefined> {
  const program = await findProgram(name)
  if (program !== undefined) return program
  const message = `${name} is not installed: the tests that need it`
  if (process.env['WEAVER_REQUIRE_SERVERS'] === '1') throw new Error(`${message} cannot run`)
  process.stderr.write(`${message} are skipped\n`)
  return undefined
}
