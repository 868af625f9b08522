import { execFile } from 'node:child_process'
import { chmod, chown, cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { silentLog } from '@data-weaver/contracts'
import { isAlive } from '@data-weaver/process'
import { eventually, spawnNode, type Spawned, temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { postgresAccount } from './account.ts'
import { findBinaries, packagedFolder } from './binaries.ts'
import { startEmbeddedPostgres } from './start.ts'

const run = promisify(execFile)
const owner = new URL('./fixtures/owner.ts', import.meta.url)
const isRoot = process.getuid?.() === 0
const nobody = 65_534

async function started(child: Spawned): Promise<{ pid: number; url: string }> {
  const [, json = ''] = await child.line(/^STARTED (.*)$/)
  return JSON.parse(json) as { pid: number; url: string }
}

async function uidOf(pid: number): Promise<number> {
  return (await stat(`/proc/${pid}`)).uid
}

async function endServer(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT')
  await eventually(async () => !(await isAlive(pid)), { what: 'the server to end' })
}

const works = async (...command: [string, ...string[]]): Promise<boolean> =>
  run(command[0], command.slice(1)).then(
    () => true,
    () => false,
  )
const reads = `--reuid=${nobody}`
const canBeNobody =
  isRoot && (await works('setpriv', reads, `--regid=${nobody}`, '--clear-groups', process.execPath, '--check', owner.pathname))
const canUnshare = isRoot && (await works('unshare', '--mount', 'true'))

test.runIf(isRoot)('as root the server runs as another user, who may pass the data folder but not look into it', async () => {
  await using folder = await temporaryFolder('pg')
  await using server = await startEmbeddedPostgres({ dataDir: folder.path, durable: false, log: silentLog })
  const { ids } = await postgresAccount()
  expect(ids.uid).toBeGreaterThan(0)
  expect(await uidOf(server.pid)).toBe(ids.uid)
  expect((await stat(folder.path)).mode & 0o777).toBe(0o710)
  await expect(run('ls', [folder.path], ids)).rejects.toThrow('Permission denied')
  await expect(run('cat', [folder.join('password')], ids)).rejects.toThrow('Permission denied')
})

test.runIf(canBeNobody)('as an ordinary user the server runs as that user', async () => {
  await using folder = await temporaryFolder('pg')
  await chown(folder.path, nobody, nobody)
  const through = ['setpriv', reads, `--regid=${nobody}`, '--clear-groups']
  await using child = spawnNode(owner, { args: [folder.path], through, cwd: '/' })
  const { pid } = await started(child)
  expect(await uidOf(pid)).toBe(nobody)
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700)
  await endServer(pid)
})

test.runIf(isRoot)('a data folder below a private folder: the cluster lies elsewhere, and is found again', async () => {
  await using folder = await temporaryFolder('pg')
  await chmod(folder.path, 0o700)
  const dataDir = folder.join('inner')
  const warnings: object[] = []
  const log = { ...silentLog, warn: (fields: object) => void warnings.push(fields) }
  const server = await startEmbeddedPostgres({ dataDir, durable: false, log })
  const home = (await readFile(join(dataDir, 'cluster.location'), 'utf8')).trim()
  try {
    expect(warnings).toContainEqual({ dataDir, home })
    expect(server.location).toBe(join(home, 'cluster'))
    expect(await readdir(dataDir)).not.toContain('cluster')
    await server.stop()
    const again = await startEmbeddedPostgres({ dataDir, durable: false, log: silentLog })
    expect(again.url).toBe(server.url)
    await again.stop()
    expect((await stat(home)).mode & 0o777).toBe(0o700)
  } finally {
    await server.stop()
    await rm(home, { recursive: true, force: true })
  }
})

test.runIf(isRoot)('programs out of reach of the user are copied once to where they can be run', async () => {
  await using folder = await temporaryFolder('pg')
  await using shared = await temporaryFolder('pg')
  await chmod(folder.path, 0o700)
  await chmod(shared.path, 0o755)
  const packaged = folder.join('native')
  await mkdir(packaged)
  const real = await packagedFolder()
  await cp(real, packaged, { recursive: true, verbatimSymlinks: true })
  await cp(join(dirname(real), 'package.json'), folder.join('package.json'))
  const account = await postgresAccount()
  const binaries = await findBinaries(account, silentLog, packaged, shared.path)
  expect(binaries.postgres.startsWith(shared.path)).toBe(true)
  expect((await run(binaries.postgres, ['--version'], account.ids)).stdout).toMatch(/^postgres \(PostgreSQL\) 1\d/)
  const { ctimeMs } = await stat(binaries.postgres)
  await findBinaries(account, silentLog, packaged, shared.path)
  expect((await stat(binaries.postgres)).ctimeMs, 'not copied again').toBe(ctimeMs)
  expect(await readdir(shared.path)).toHaveLength(1)
})

test.runIf(canUnshare)('as root on a system without the user, the user is created', async () => {
  await using folder = await temporaryFolder('pg')
  await using system = await temporaryFolder('etc')
  // A copy of /etc without the user, put over the real one in a mount namespace of the child's own.
  await run('cp', ['-a', '/etc/.', system.path])
  await run('sed', ['-i', '/^postgres:/d', ...['passwd', 'group', 'shadow', 'gshadow'].map((name) => system.join(name))])
  await chmod(system.path, 0o755)
  const inside = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc && exec "$@"', system.path]
  await using child = spawnNode(owner, { args: [folder.path], through: inside })
  const { pid } = await started(child)
  const created = (await readFile(system.join('passwd'), 'utf8')).split('\n').find((line) => line.startsWith('postgres:'))
  expect(await uidOf(pid)).toBe(Number(created?.split(':')[2]))
  await endServer(pid)
})
