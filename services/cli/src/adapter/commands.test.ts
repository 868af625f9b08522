import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type RecordedRequest, sourceServer, type SourceServer, type TemporaryFolder, temporaryFolder } from '@data-weaver/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Outcome, weaver } from '../../test/weaver.ts'

/** Characters that are written differently in a URL, in JSON and in base64. */
const secret = `k3y+/="<&% never-seen`
let folder: TemporaryFolder
let source: SourceServer
beforeAll(async () => {
  source = await sourceServer()
})
afterAll(() => source.close())
beforeEach(async () => {
  folder = await temporaryFolder('cli')
  source.play(pages)
})
afterEach(() => folder.remove())

const item = (id: number, more: object = {}) => ({ id: `i${id}`, name: `Item ${id}`, place: { city: 'Brest', harbour: true }, ...more })
const lists: readonly object[] = [
  { items: [item(1), item(2)], next: 2 },
  { items: [item(3), { name: 'no id' }], next: 3 },
  { items: [item(4)] },
]
const allowed = ({ headers }: RecordedRequest) => headers.authorization === `Bearer ${secret}`
const pages = (request: RecordedRequest) =>
  allowed(request)
    ? { body: lists[Number(request.query.get('page') ?? 1) - 1] ?? { items: [] } }
    : { status: 401, body: { you: request.headers.authorization } }

const config = () => ({
  request: { url: `${source.url}/items` },
  auth: { type: 'bearer', secret: 'token' },
  records: { path: 'items' },
  primaryKey: ['id'],
  pagination: { type: 'page', parameter: 'page' },
})

async function file(name: string, content: unknown): Promise<string> {
  await mkdir(dirname(folder.join(name)), { recursive: true })
  await writeFile(folder.join(name), typeof content === 'string' ? content : JSON.stringify(content))
  return name
}

/** Runs a command that asks the source, with the configuration and the secret; nothing that it prints has the secret in it. */
async function ask(command: string, named: string, more: readonly string[] = [], env: Record<string, string> = {}): Promise<Outcome> {
  await file('config.json', config())
  await file('token.txt', `${secret}\n`)
  const given = ['adapter', command, named, '--config', 'config.json', '--secret', 'token=@token.txt', '--allow', '127.0.0.1', ...more]
  const outcome = await weaver(given, { cwd: folder.path, env })
  expectNoSecret(outcome.out + outcome.err)
  return outcome
}

function expectNoSecret(text: string): void {
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64')]
  for (const form of forms) expect(text.includes(form), text).toBe(false)
}

const run = (args: readonly string[], env: Record<string, string> = {}) => weaver(args, { cwd: folder.path, env })

describe('the command line', () => {
  it('says what there is', async () => {
    const help = await run(['--help'])
    expect(help).toMatchObject({ status: 0, err: '' })
    for (const name of ['init', 'check', 'read', 'record', 'test']) expect(help.out).toContain(`adapter ${name} `)
    expect(await run(['adapter', 'read', '--help'])).toMatchObject({ status: 0, out: expect.stringContaining('--records number') })
    expect(await run([])).toMatchObject({ status: 2, out: help.out })
    expect(await run(['help'])).toMatchObject({ status: 0, out: help.out })
    expect(await run(['--version'])).toMatchObject({ status: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  it.each([
    [['adapter', 'paint'], 'There is no command "adapter paint".'],
    [['adapter', 'check'], 'An argument is missing.'],
    [['adapter', 'check', 'http', 'iqair'], '"iqair" is one argument too many.'],
    [['adapter', 'check', 'http', '--colour'], "Unknown option '--colour'."],
    [['adapter', 'check', 'http', '--config'], "Option '--config <value>' argument missing."],
    [['adapter', 'read', 'http', '--pages', 'many'], '--pages must be a whole number from 1 to 1000000, not "many".'],
    [['adapter', 'read', 'http', '--cursor', '{'], '--cursor is not valid JSON.'],
    [['adapter', 'init', 'Weather'], '"Weather" cannot be the id of an adapter.'],
    [['adapter', 'record', 'http', '--name', '../up'], '--name must be a plain file name.'],
  ])('%j is not understood', async (args, problem) => {
    const { status, out, err } = await run(args)
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(problem)
  })

  it('refuses a secret itself, and does not repeat it', async () => {
    const { status, out, err } = await run(['adapter', 'check', 'http', '--secret', `token=${secret}`])
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain('name=@file or name=env:VARIABLE')
    expectNoSecret(err)
  })

  it.each([
    [{ WEAVER_EGRESS_ALLOW: 'http://127.0.0.1' }, 'invalid_settings', /is a URL/],
    [
      { WEAVER_ADAPTERS: 'weaver-adapter-nowhere' },
      'WEAVER_ADAPTERS names "weaver-adapter-nowhere", which is not installed',
      /add -w weaver-adapter-nowhere/,
    ],
    [{ WEAVER_LOG_LEVEL: 'loud' }, 'WEAVER_LOG_LEVEL must be one of', /For example WEAVER_LOG_LEVEL=info/],
  ])('settings %j are not valid: 78', async (env, problem, hint) => {
    const { status, err } = await run(['adapter', 'check', 'http'], env)
    expect(status, err).toBe(78)
    expect(err).toContain(problem)
    expect(err).toMatch(hint)
  })

  it('names the adapters that there are', async () => {
    const { status, err } = await run(['adapter', 'check', 'htpp'])
    expect(status).toBe(1)
    expect(err).toMatch(/unknown_adapter: There is no such adapter\n {2}adapter is not a known adapter\n {4}Known adapters: .*http.*iqair/)
  })
})

describe('check', () => {
  it('asks the source once and shows what came', async () => {
    const { status, out, err } = await ask('check', 'http')
    expect([status, err]).toEqual([0, ''])
    expect(out).toMatch(
      /^http: .+\nThe configuration is valid\.\nGET http:\/\/127\.0\.0\.1:\d+\/items(\?page=1)?\n200, \d+ bytes in \d+ ms, application\/json\n2 records, 0 of them cannot be read\.\nThe first one: {"key":\["i1"\],"fields":{"id":"i1",/,
    )
  })

  it('says which fields of a configuration are wrong, and asks nothing', async () => {
    await file('bad.json', { request: { url: 5 }, colour: 'blue' })
    const asked = source.requests.length
    const { status, err } = await run(['adapter', 'check', 'http', '--config', 'bad.json'])
    expect(status).toBe(1)
    expect(err).toMatch(/^invalid_config: The configuration is not valid\n/)
    expect(err).toContain('  config.primaryKey is missing\n')
    expect(err).toContain('  config.colour is not a known field\n    Known fields: ')
    expect(source.requests.length).toBe(asked)
  })

  it('says which secret is missing, which file, and which variable', async () => {
    await file('config.json', config())
    const missing = await run(['adapter', 'check', 'http', '--config', 'config.json'])
    expect([missing.status, missing.err]).toEqual([1, expect.stringContaining('secrets.token is missing')])
    const nowhere = await run(['adapter', 'check', 'http', '--config', 'nowhere.json'])
    expect([nowhere.status, nowhere.err]).toEqual([1, expect.stringContaining('--config names nowhere.json, which is not there')])
    const unset = await run(['adapter', 'check', 'http', '--secret', 'token=env:NOT_SET'])
    expect([unset.status, unset.err]).toEqual([1, expect.stringContaining('--secret token names the variable NOT_SET, which is not set')])
    await file('broken.json', '{"request":')
    const broken = await run(['adapter', 'check', 'http', '--config', 'broken.json'])
    expect([broken.status, broken.err]).toEqual([1, expect.stringContaining('--config names broken.json, which is not valid JSON')])
  })

  it('reads a secret from a variable', async () => {
    await file('config.json', config())
    const given = ['adapter', 'check', 'http', '--config', 'config.json', '--secret', 'token=env:MY_TOKEN']
    expect(await run(given, { MY_TOKEN: secret, WEAVER_EGRESS_ALLOW: '127.0.0.1' })).toMatchObject({ status: 0 })
  })

  it('refuses private addresses that nobody allowed', async () => {
    await file('config.json', config())
    const { status, err } = await run(['adapter', 'check', 'http', '--config', 'config.json', '--secret', 'token=env:MY_TOKEN'], {
      MY_TOKEN: secret,
    })
    expect([status, err]).toEqual([1, expect.stringContaining('egress_refused: The address may not be reached')])
  })

  it('shows what the source says of a wrong secret, without the secret', async () => {
    source.play((request) => ({ status: 401, body: { you: request.headers.authorization, why: secret } }))
    const { status, err } = await ask('check', 'http')
    expect(status).toBe(1)
    expect(err).toMatch(/^auth_failed: .+\n {2}GET .+ answered 401: .*\[redacted]/)
  })

  it('fails when no record can be read', async () => {
    source.play(() => ({ body: { items: [{ name: 'no id' }, 7] } }))
    const { status, out, err } = await ask('check', 'http')
    expect(status).toBe(1)
    expect(out).toContain('2 records, 2 of them cannot be read.')
    expect(err).toContain('record 1: the record is a number, not an object\nNone of the records can be read.')
  })
})

describe('read', () => {
  it('shows pages and records as tables, with the paths of the fields', async () => {
    const { status, out, err } = await ask('read', 'http')
    expect([status, err]).toEqual([0, ''])
    expect(out).toMatch(
      /^page 1: GET .+\n200, .+\n2 records, cursor {.+}\nkey +id +name +place\.city +place\.harbour\ni1 +i1 +Item 1 +Brest +true\ni2 /,
    )
    expect(out).toContain('record 1: the record has no text or number at `id`')
    expect(out.match(/^page \d/gm)).toEqual(['page 1', 'page 2', 'page 3'])
  })

  it('ends after so many pages and records, and goes on at a cursor', async () => {
    const asked = source.requests.length
    const first = await ask('read', 'http', ['--pages', '1', '--records', '1', '--json'])
    const [page, ...records] = first.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(records).toEqual([{ type: 'record', key: ['i1'], page: 1, record: 0, fields: item(1) }])
    expect(page).toMatchObject({ type: 'page', page: 1, records: 2, request: { method: 'GET', headers: { authorization: '[redacted]' } } })
    expect(source.requests.length).toBe(asked + 1)
    await file('cursor.json', page?.cursor)
    const next = await ask('read', 'http', ['--pages', '1', '--cursor', '@cursor.json', '--json'])
    expect(next.out).toContain('{"type":"record","key":["i3"]')
    expect(next.out).toContain('"type":"problem","page":1,"record":1')
    expect(next.out).not.toContain('"i1"')
  })

  it('shows the documents of a transform', async () => {
    await file('transform.json', { fields: { city: 'place.city', title: { template: '{{name}} in {{place.city}}' } } })
    const { out } = await ask('read', 'http', ['--transform', 'transform.json', '--stream', 'harbours', '--pages', '1'])
    expect(out).toMatch(/\nid +city +title\nharbours:i1 +Brest +Item 1 in Brest\n/)
    await file('transform.json', { fields: { city: { path: 'name', convert: 'number' } } })
    const wrong = await ask('read', 'http', ['--transform', 'transform.json', '--pages', '1'])
    expect(wrong.out).toContain('record 0: Field city: the value at "name" is "Item 1", which')
  })

  it('lets no secret and no control character of the source onto the screen', async () => {
    const nasty = {
      id: 'n',
      [secret]: secret,
      encoded: encodeURIComponent(secret),
      base64: Buffer.from(`x:${secret}`).toString('base64'),
      escape: '\u001b[2Jgone\u202e',
    }
    source.play(() => ({ body: { items: [nasty] } }))
    for (const more of [[], ['--json']]) {
      const { status, out } = await ask('read', 'http', ['--pages', '1', ...more])
      expect(status).toBe(0)
      expect(out).toContain('[redacted]')
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      if (more.length > 0) expect(JSON.parse(out.trim().split('\n')[1] ?? '')).toMatchObject({ fields: { escape: nasty.escape } })
    }
  })

  it('shows no token that a login gave either', async () => {
    const token = 'given-by-the-login'
    source.play(({ path }) => ({ body: path === '/login' ? { token } : { items: [item(1, { echo: token })] } }))
    const auth = {
      type: 'session',
      login: { url: `${source.url}/login`, secrets: { password: 'token' } },
      token: { in: 'body', path: 'token' },
      header: { name: 'x-session' },
    }
    await file('login.json', { ...config(), auth })
    await file('token.txt', `${secret}\n`)
    const given = ['--config', 'login.json', '--secret', 'token=@token.txt', '--allow', '127.0.0.1', '--pages', '1', '--json']
    const { status, out, err } = await run(['adapter', 'read', 'http', ...given])
    expect({ status, err }).toMatchObject({ status: 0 })
    expect(out).toContain('[redacted]')
    expect(out + err).not.toContain(token)
  })

  it('shows what came before an error', async () => {
    source.play((_request, index) => (index === 0 ? { body: lists[0] } : { status: 429, headers: { 'retry-after': '7' } }))
    const { status, out, err } = await ask('read', 'http')
    expect(status).toBe(1)
    expect(out).toContain('i2')
    expect(err).toContain('rate_limited: The source asks to slow down (may be tried again in 7 s)')
  })
})

describe('record', () => {
  it('writes pages without secrets, which then are played', async () => {
    source.play(() => ({
      body: { items: [item(1, { echo: secret }), item(2)], access_token: 'granted-by-the-source', next: `http://x/?token=${secret}` },
    }))
    await file('transform.json', { fields: { title: 'name' } })
    const { status, out, err } = await ask('record', 'http', ['--out', 'fixtures', '--name', 'harbour', '--transform', 'transform.json'])
    expect(status, err).toBe(0)
    expect(err).toContain('Taking the secrets out of the body has changed 1 of 2 records.')
    expect(out).toContain('wrote fixtures/harbour.page.json\nwrote fixtures/harbour.body.json\n')
    const page = await readFile(folder.join('fixtures/harbour.page.json'), 'utf8')
    const body = await readFile(folder.join('fixtures/harbour.body.json'), 'utf8')
    for (const text of [page, body]) expectNoSecret(text)
    expect(body).not.toContain('granted-by-the-source')
    expect(JSON.parse(body)).toMatchObject({ items: [{ id: 'i1', echo: '[redacted]' }, item(2)] })
    expect(JSON.parse(page)).toMatchObject({
      config: { records: { path: 'items' }, auth: { type: 'bearer', secret: 'token' } },
      secretNames: ['token'],
      transform: { fields: { title: 'name' } },
      request: { method: 'GET', headers: { authorization: '[redacted]' } },
      response: { status: 200 },
      body: 'harbour.body.json',
    })
  })

  it('overwrites nothing unless it is told to', async () => {
    expect(await ask('record', 'http', ['--out', 'fixtures'])).toMatchObject({ status: 0 })
    const again = await ask('record', 'http', ['--out', 'fixtures'])
    expect([again.status, again.err]).toEqual([
      1,
      expect.stringMatching(/recorded\.body\.json is there already\n {4}Give another --name, or --overwrite/),
    ])
    expect(await ask('record', 'http', ['--out', 'fixtures', '--overwrite'])).toMatchObject({ status: 0 })
  })

  it('writes a file for each page', async () => {
    expect(await ask('record', 'http', ['--out', 'fixtures', '--pages', '2'])).toMatchObject({ status: 0 })
    expect((await readdir(folder.join('fixtures'))).toSorted()).toEqual([
      'recorded-1.body.json',
      'recorded-1.page.json',
      'recorded-2.body.json',
      'recorded-2.page.json',
    ])
  })
})
