import { execFile } from 'node:child_process'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { requireBuilt, requireServer, temporaryFolder, type TemporaryFolder } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type ComposeFile, readCompose, repositoryFile } from './compose.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const hadolint = await requireBuilt('hadolint')
const dockerCompose = await requireServer('docker-compose')
const nginx = await requireServer('nginx')
const openssl = await requireServer('openssl')

describe.skipIf(hadolint === undefined)('hadolint', () => {
  it('finds nothing in the Dockerfile', async () => {
    await expect(run(hadolint as string, ['--no-color', `${root}/deploy/docker/Dockerfile`])).resolves.toMatchObject({ stdout: '' })
  })

  it('finds what is wrong', async () => {
    await using folder = await temporaryFolder('hadolint')
    await writeFile(folder.join('Dockerfile'), 'FROM node:latest\nRUN cd /app && npm install -g pnpm\n')
    await expect(run(hadolint as string, [folder.join('Dockerfile')])).rejects.toMatchObject({ code: 1 })
  })
})

describe.skipIf(dockerCompose === undefined)('the command of compose', () => {
  const environment = { WORKERS: '7', HTTP_PORT: '9999', SECRETS_DIR: '/somewhere' }

  it('understands the file, with all profiles', { timeout: 60_000 }, async () => {
    const profiles = ['--profile', 'vespa', '--profile', 'kafka']
    const { stdout } = await run(dockerCompose as string, [...profiles, '-f', `${root}/docker-compose.yml`, 'config'], {
      cwd: root,
      env: { PATH: process.env['PATH'], ...environment },
    })
    const { services, secrets } = parse(stdout) as ComposeFile
    expect(Object.keys(services).toSorted()).toEqual(Object.keys(readCompose().services).toSorted())
    expect(services['worker']?.deploy?.replicas).toBe(7)
    expect(JSON.stringify(services['nginx']?.ports)).toContain('9999')
    expect(secrets['secret_key']?.file).toBe('/somewhere/secret_key')
  })

  it('understands it with the example as .env', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder('compose-env')
    await writeFile(folder.join('.env'), repositoryFile('.env.example'))
    await writeFile(folder.join('docker-compose.yml'), repositoryFile('docker-compose.yml'))
    const { stdout } = await run(dockerCompose as string, ['config'], { cwd: folder.path, env: { PATH: process.env['PATH'] } })
    expect((parse(stdout) as ComposeFile).services['supervisor']?.deploy?.replicas).toBe(2)
  })
})

/** The shipped files in a folder; a version that cannot look names up by itself gets an address instead. */
async function shipped(folder: TemporaryFolder): Promise<string> {
  const configuration = folder.join('configuration')
  await cp(`${root}/deploy/nginx`, configuration, { recursive: true })
  const [, major = 0, minor = 0, patch = 0] =
    /nginx\/(\d+)\.(\d+)\.(\d+)/.exec((await run(nginx as string, ['-v'])).stderr)?.map(Number) ?? []
  if (major * 1e6 + minor * 1e3 + patch < 1_027_003) {
    const upstream = await readFile(`${configuration}/upstream.conf`, 'utf8')
    const known = upstream.replace(/^\s*resolver.*$/gm, '').replace('supervisor:3000 resolve', '127.0.0.1:3000')
    await writeFile(`${configuration}/upstream.conf`, known)
  }
  return configuration
}

describe.skipIf(nginx === undefined)('nginx -t', () => {
  /** What it says goes into a file: it opens /dev/stderr anew, which a socket does not allow. */
  const check = async (folder: TemporaryFolder, configuration: string) => {
    const said = folder.join('said')
    const command = ['-t', '-e', '/dev/stderr', '-p', `${folder.path}/`, '-c', `${configuration}/nginx.conf`]
    await run('sh', ['-c', 'out=$1; shift; "$@" >"$out" 2>&1', 'sh', said, nginx as string, ...command]).catch(() => {})
    return await readFile(said, 'utf8')
  }

  it('finds the shipped files in order', async () => {
    await using folder = await temporaryFolder('nginx-t')
    expect(await check(folder, await shipped(folder))).toContain('test is successful')
  })

  it.skipIf(openssl === undefined)('finds the lines for TLS, and those for a load balancer in front, in order', async () => {
    await using folder = await temporaryFolder('nginx-t')
    const configuration = await shipped(folder)
    const [certificate, key] = [folder.join('tls.crt'), folder.join('tls.key')]
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=weaver', '-keyout', key, '-out', certificate]
    await run(openssl as string, made)
    const listen = (await readFile(`${configuration}/listen.conf`, 'utf8')).replace(/^#   (\S.*;)$/gm, '$1')
    expect(listen).toContain('\nlisten 8443 ssl;')
    await writeFile(
      `${configuration}/listen.conf`,
      listen.replace('/run/secrets/tls.crt', certificate).replace('/run/secrets/tls.key', key),
    )
    const behind = /```nginx\n([^`]+)```/.exec(repositoryFile('docs/production.md'))?.[1]
    await writeFile(`${configuration}/trusted-proxies.conf`, behind as string)
    expect(await check(folder, configuration)).toContain('test is successful')
  })
})
