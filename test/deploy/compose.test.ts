import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fileSettingNames, parseSettings, settingNames } from '@data-weaver/contracts'
import { readSettingFiles } from '@data-weaver/process'
import { temporaryFolder, type TemporaryFolder } from '@data-weaver/testkit'
import { parseKeyring } from '@data-weaver/vault'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ComposeService, readCompose, repositoryFile, variablesIn } from './compose.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const compose = readCompose()
const services = Object.entries(compose.services)
const exampleLines = repositoryFile('.env.example').split('\n')

/** Steps that end; nothing asks them how they are. */
const oneShot = new Set(['minio-volume', 'vespa-deploy'])
/** Gives a new volume to the user of MinIO, with this one capability and no network, and ends. */
const root0 = new Set(['minio-volume'])
/** Writes in several places of its installation. */
const writable = new Set(['vespa'])

describe('docker-compose.yml', () => {
  it('has the parts', () => {
    expect(services.map(([name]) => name).toSorted()).toEqual(
      ['kafka', 'minio', 'minio-volume', 'nginx', 'postgres', 'redis', 'supervisor', 'vespa', 'vespa-deploy', 'worker'].toSorted(),
    )
  })

  it.each(services)('%s is closed in', (name, service) => {
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.cap_add ?? []).toEqual(root0.has(name) ? ['CHOWN'] : [])
    expect(service.security_opt).toEqual(['no-new-privileges:true'])
    expect(service.privileged).toBeUndefined()
    expect(service.read_only).toBe(!writable.has(name))
    expect(service.user).toMatch(root0.has(name) ? /^0:0$/ : /^[1-9]\d*:[1-9]\d*$/)
    if (root0.has(name)) expect(service.network_mode).toBe('none')
  })

  it.each(services)('%s has limits', (_, service) => {
    expect(service.mem_limit).toMatch(/^(\$\{[A-Z_]+:-)?\d+[mg]\}?$/)
    expect(service.cpus).toBeGreaterThan(0)
    expect(service.pids_limit).toBeGreaterThan(0)
    expect(service.logging?.options).toMatchObject({ 'max-size': '10m', 'max-file': '3' })
  })

  it.each(services)('%s is watched and started again', (name, service) => {
    if (oneShot.has(name)) expect(service.restart).toMatch(/^(no|on-failure)$/)
    else {
      expect(service.restart).toBe('unless-stopped')
      expect(service.healthcheck?.test[0]).toMatch(/^CMD/)
    }
  })

  it.each(services)('%s starts after what it needs is healthy', (_, service) => {
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty(needed)
      expect(condition).toBe(oneShot.has(needed) ? 'service_completed_successfully' : 'service_healthy')
    }
  })

  it('starts the parts first, then supervisors, then workers and nginx', () => {
    const parts = ['minio', 'postgres', 'redis']
    const needs = (service: ComposeService | undefined) => Object.keys(service?.depends_on ?? {}).toSorted()
    expect(needs(compose.services['supervisor'])).toEqual(parts)
    expect(needs(compose.services['worker'])).toEqual([...parts, 'supervisor'])
    expect(needs(compose.services['nginx'])).toEqual(['supervisor'])
    expect(needs(compose.services['vespa-deploy'])).toEqual(['vespa'])
  })

  it('names every image by a version, never by what is newest', () => {
    const images = services.map(([, { image }]) => image as string)
    const defaults = [...images, ...variablesIn(repositoryFile('docker-compose.yml')).map(({ default: value }) => value ?? '')].flatMap(
      (text) =>
        /^\$/.test(text)
          ? variablesIn(text).map(({ default: value }) => value ?? '')
          : text.includes('/') || text.includes(':')
            ? [text]
            : [],
    )
    const names = defaults.filter((text) => !/^(https?:|\.\/)/.test(text) && /^[a-z]/.test(text))
    expect(names.length).toBeGreaterThanOrEqual(services.length)
    for (const name of names) expect(name).toMatch(/^[a-z0-9./-]+:(?!latest)[A-Za-z-]*\.?\d+[.\d-]*\S*$/)
  })

  it('has a profile for each part that not everybody needs', () => {
    const profiles = services.flatMap(([name, { profiles: own }]) => (own === undefined ? [] : [[name, ...own]]))
    expect(profiles).toEqual([
      ['vespa', 'vespa'],
      ['vespa-deploy', 'vespa'],
      ['kafka', 'kafka'],
    ])
  })

  it('can be scaled: what there may be many of has no name and no port of its own', () => {
    for (const name of ['supervisor', 'worker']) {
      const service = compose.services[name] as ComposeService & { container_name?: string; hostname?: string }
      expect(service).not.toHaveProperty('container_name')
      expect(service).not.toHaveProperty('hostname')
      expect(service.ports).toBeUndefined()
      expect(service.deploy?.replicas).toMatch(/^\$\{[A-Z]+:-2\}$/)
    }
  })

  it('opens one port, of nginx, and to this machine alone until told otherwise', () => {
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['nginx'])
    expect(compose.services['nginx']?.ports).toEqual(['${HTTP_ADDRESS:-127.0.0.1}:${HTTP_PORT:-8080}:8080'])
    expect(repositoryFile('deploy/nginx/listen.conf')).toMatch(/^listen 8080;$/m)
  })

  it('keeps data in a network without a way out', () => {
    expect(compose.networks['data']?.internal).toBe(true)
    for (const name of ['postgres', 'redis', 'minio', 'vespa', 'kafka']) expect(compose.services[name]?.networks).toEqual(['data'])
    expect(compose.services['nginx']?.networks).toEqual(['front'])
  })

  it('defines every volume, network and secret that it names, and no others', () => {
    const named = (pick: (service: ComposeService) => readonly string[] | undefined) =>
      [...new Set(services.flatMap(([, service]) => pick(service) ?? []))].toSorted()
    expect(named(({ networks }) => networks)).toEqual(Object.keys(compose.networks).toSorted())
    expect(named(({ secrets }) => secrets)).toEqual(Object.keys(compose.secrets).toSorted())
    const volumes = named(({ volumes: all }) => all?.map((volume) => volume.split(':', 1)[0] as string))
    expect(volumes.filter((volume) => !/^[.$]/.test(volume))).toEqual(Object.keys(compose.volumes).toSorted())
  })

  it('mounts files that are there', async () => {
    const mounted = services.flatMap(([, { volumes }]) => volumes ?? []).filter((volume) => volume.startsWith('./'))
    expect(mounted.length).toBeGreaterThan(2)
    for (const volume of mounted) {
      expect(volume).toMatch(/:ro$/)
      await stat(`${root}/${volume.split(':', 1)[0]}`)
    }
  })

  it('runs files that are there', async () => {
    const commands = services.flatMap(([, { command, healthcheck }]) => [command ?? [], healthcheck?.test ?? []].flat())
    const scripts = commands.filter((word) => word.startsWith('services/'))
    expect(scripts.toSorted()).toEqual([
      'services/supervisor/src/main.ts',
      'services/worker/src/health/main.ts',
      'services/worker/src/main.ts',
    ])
    for (const script of scripts) await stat(`${root}/${script}`)
  })
})

describe('settings', () => {
  it('are known, in the compose file and in the example', () => {
    const inServices = services.flatMap(([, { environment }]) => Object.keys(environment ?? {}))
    const inTexts = [
      ...variablesIn(repositoryFile('docker-compose.yml')).map(({ name }) => name),
      ...exampleLines.map((line) => line.split('=', 1)[0] as string),
    ]
    const ours = [...inServices, ...inTexts].filter((name) => /^WEAVER_[A-Z_]+$/.test(name) && name !== 'WEAVER_IMAGE')
    expect(ours.length).toBeGreaterThan(10)
    expect(ours.filter((name) => !settingNames.includes(name))).toEqual([])
  })

  it('are all passed on, but those of which the page says why not', () => {
    const passed = (name: string) =>
      Object.keys(compose.services[name]?.environment ?? {}).map((each) =>
        fileSettingNames.includes(each.replace(/_FILE$/, '')) ? each.replace(/_FILE$/, '') : each,
      )
    const [supervisor, worker] = [new Set(passed('supervisor')), new Set(passed('worker'))]
    const variables = settingNames.filter((name) => !fileSettingNames.includes(name.replace(/_FILE$/, '')) || !name.endsWith('_FILE'))
    const leftOut = /\| not passed on \| why \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(repositoryFile('docs/production.md'))?.[1] ?? ''
    const named = [...leftOut.matchAll(/`(WEAVER_[A-Z_]+)`/g)].map(([, name]) => name)
    expect(variables.filter((name) => !supervisor.has(name) && !worker.has(name)).toSorted()).toEqual(named.map(String).toSorted())
    // What is one process's alone; all else reaches both.
    const ofOne = (own: Set<string>, other: Set<string>) =>
      [...own].filter((name) => name.startsWith('WEAVER_') && !other.has(name)).toSorted()
    expect(ofOne(worker, supervisor)).toEqual(['WEAVER_FETCH_SLOTS', 'WEAVER_LIVE_SLOTS', 'WEAVER_POOLS', 'WEAVER_SINK_SLOTS'])
    expect(ofOne(supervisor, worker)).toEqual([
      'WEAVER_ADMIN_TOKEN',
      'WEAVER_AUDIT_MS',
      'WEAVER_HOST',
      'WEAVER_PORT',
      'WEAVER_RECONCILE_MS',
      'WEAVER_TRUSTED_PROXIES',
      'WEAVER_WORKER_ROLE',
    ])
  })

  it('that the example offers are those that the compose file reads, with the same defaults', () => {
    const read = new Map(variablesIn(repositoryFile('docker-compose.yml')).map(({ name, default: value }) => [name, value]))
    const offered = exampleLines.map((line) => /^(?:# )?([A-Z_]+)=(.*)$/.exec(line)).filter((match) => match !== null)
    for (const [, name, value] of offered) {
      // Lines that are commented out show what may be written there.
      if (name === 'COMPOSE_PROJECT_NAME' || name === 'WEAVER_IMAGE' || /^(https?:|\/)/.test(value as string)) continue
      expect([name, read.get(name as string)]).toEqual([name, value])
    }
    const names = new Set(offered.map(([, name]) => name))
    expect([...read.keys()].filter((name) => !names.has(name) && name !== 'WEAVER_IMAGE')).toEqual([])
  })

  it('that are secret come from files', () => {
    for (const name of ['supervisor', 'worker']) {
      const environment = compose.services[name]?.environment ?? {}
      const addresses = ['WEAVER_VESPA_URL', 'WEAVER_EMBEDDING_URL']
      for (const setting of fileSettingNames.filter((each) => !addresses.includes(each))) expect(environment).not.toHaveProperty(setting)
    }
    // The API's token and the owner of the tables are the supervisor's alone.
    expect(compose.services['worker']?.secrets).not.toContain('admin_token')
    expect(compose.services['worker']?.secrets).not.toContain('ledger_url')
  })

  it('have no password by default, in no file of the deployment', async () => {
    const files = ['docker-compose.yml', '.env.example', 'Makefile']
    for (const folder of ['deploy/compose', 'deploy/docker', 'deploy/nginx']) {
      files.push(...(await readdir(`${root}/${folder}`)).map((name) => `${folder}/${name}`))
    }
    expect(files).toContain('deploy/docker/Dockerfile')
    for (const file of files) {
      // Sentences of comments are left out, settings that are commented out are not.
      for (const line of repositoryFile(file)
        .split('\n')
        .filter((each) => !/^\s*# (?![A-Z_]+=)/.test(each))) {
        const value = /(?:password|passwd|secret_?key|token|requirepass)["']?\s*[:=]\s*["']?([^\s"']+)/i.exec(line)?.[1]
        if (value === undefined) continue
        expect({ file, value, fromElsewhere: /^(\$|\{|\/run\/secrets\/)/.test(value) }).toMatchObject({ fromElsewhere: true })
      }
    }
  })
})

describe('make-secrets.sh', () => {
  let folder: TemporaryFolder
  const environmentOf = (service: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(compose.services[service]?.environment ?? {})
        .filter(([, value]) => !value.startsWith('$'))
        .map(([name, value]) => [name, value.replace('/run/secrets', folder.join('secrets'))]),
    )
  beforeAll(async () => {
    folder = await temporaryFolder('secrets')
    await run(`${root}/deploy/compose/make-secrets.sh`, [folder.join('secrets')])
  })
  afterAll(async () => await folder.remove())

  it('makes every secret that the compose file mounts', async () => {
    const files = Object.values(compose.secrets).map(({ file }) => file.replace('${SECRETS_DIR:-./secrets}/', ''))
    expect((await readdir(folder.join('secrets'))).toSorted()).toEqual([...files, 'optional'].toSorted())
    // A folder for files of one's own, which containers can look into.
    expect((await stat(folder.join('secrets', 'optional'))).mode & 0o777).toBe(0o755)
    for (const name of ['supervisor', 'worker'])
      expect(compose.services[name]?.volumes).toContain('${SECRETS_DIR:-./secrets}/optional:/run/secrets/optional:ro')
    expect((await stat(folder.join('secrets'))).mode & 0o777).toBe(0o700)
    for (const file of files) expect((await stat(folder.join('secrets', file))).mode & 0o777).toBe(0o444)
  })

  it('makes what supervisors and workers take, with the passwords of the parts', async () => {
    const secret = async (name: string) => (await readFile(folder.join('secrets', name), 'utf8')).trim()
    const settings = parseSettings('supervisor', await readSettingFiles(environmentOf('supervisor')))
    expect(settings).toMatchObject({ WEAVER_HOST: '0.0.0.0', WEAVER_PORT: 3000 })
    expect(new URL(settings.WEAVER_LEDGER_URL)).toMatchObject({ host: 'postgres:5432', password: await secret('postgres_password') })
    expect(new URL(settings.WEAVER_QUEUE_URL ?? '')).toMatchObject({ host: 'redis:6379', password: await secret('redis_password') })
    expect(new URL(settings.WEAVER_STORE_URL)).toMatchObject({
      username: await secret('minio_user'),
      password: await secret('minio_password'),
    })
    expect(() => parseKeyring(settings.WEAVER_SECRET_KEY)).not.toThrow()
    expect(settings.WEAVER_ADMIN_TOKEN).toMatch(/^[0-9a-f]{64}$/)
    const ofWorker = parseSettings('worker', await readSettingFiles(environmentOf('worker')))
    expect(ofWorker).not.toHaveProperty('WEAVER_ADMIN_TOKEN')
    expect(new URL(ofWorker.WEAVER_LEDGER_URL)).toMatchObject({
      host: 'postgres:5432',
      username: settings.WEAVER_WORKER_ROLE,
      password: await secret('worker_postgres_password'),
    })
  })

  it('makes others each time, and never writes over them', async () => {
    await run(`${root}/deploy/compose/make-secrets.sh`, [folder.join('others')])
    for (const { file } of Object.values(compose.secrets)) {
      const name = file.split('/').at(-1) as string
      expect(await readFile(folder.join('others', name), 'utf8')).not.toBe(await readFile(folder.join('secrets', name), 'utf8'))
    }
    await expect(run(`${root}/deploy/compose/make-secrets.sh`, [folder.join('others')])).rejects.toMatchObject({ code: 1 })
  })
})

describe('Dockerfile', () => {
  const lines = repositoryFile('deploy/docker/Dockerfile').split('\n')

  it('builds on one image that can be given by digest, and runs as a user without rights', () => {
    expect(lines.filter((line) => line.startsWith('FROM '))).toEqual([
      'FROM ${NODE_IMAGE} AS console',
      'FROM ${NODE_IMAGE} AS dependencies',
      'FROM ${NODE_IMAGE}',
    ])
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER 1000:1000'])
    const image = /^ARG NODE_IMAGE=(\S+)$/m.exec(lines.join('\n'))?.[1]
    expect(image).toMatch(/^node:24\.\d+\.\d+-/)
    expect(variablesIn(repositoryFile('docker-compose.yml')).find(({ name }) => name === 'NODE_IMAGE')?.default).toBe(image)
  })

  it('starts node itself, so that it gets the signals', () => {
    expect(lines.filter((line) => /^(CMD|ENTRYPOINT) /.test(line))).toEqual(['CMD ["node", "services/supervisor/src/main.ts"]'])
  })

  it('gets no secrets and nothing that is made on a machine', () => {
    const ignored = repositoryFile('.dockerignore').split('\n')
    expect(ignored[1]).toBe('*')
    for (const line of ['**/node_modules', 'secrets', '.env', '**/.weaver']) expect(ignored).toContain(line)
  })
})
