import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { sourceServer, type SourceServer, type TemporaryFolder, temporaryFolder } from '@data-weaver/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { weaver } from '../../test/weaver.ts'

let folder: TemporaryFolder
let source: SourceServer
beforeAll(async () => {
  source = await sourceServer()
})
afterAll(() => source.close())
beforeEach(async () => {
  folder = await temporaryFolder('cli-outside')
})
afterEach(() => folder.remove())

const run = (args: readonly string[], env: Record<string, string> = {}) => weaver(args, { cwd: folder.path, env })

/** A package with this code in a folder of its own, and its configuration in `config.json`. */
async function packageOf(id: string, mode: 'poll' | 'live', functions: string): Promise<void> {
  await mkdir(folder.join(id))
  const code = `export default {
  id: '${id}', summary: 'Tides of a harbour.', mode: '${mode}', example: { url: 'https://tides.example' },
  config: { type: 'object', properties: { url: { type: 'string' } }, required: ['url'], additionalProperties: false },
  secrets: { type: 'object', properties: { key: { type: 'string' } }, additionalProperties: false },
  ${functions}
}
`
  await writeFile(folder.join(id, 'index.js'), code)
  await writeFile(folder.join(id, 'package.json'), JSON.stringify({ name: id, type: 'module', dataWeaver: { port: 1 } }))
  await writeFile(folder.join('config.json'), JSON.stringify({ url: source.url }))
}

const asking = ['--config', 'config.json', '--allow', '127.0.0.1'] as const
const jsonRecords =
  '*records(page) { for (const tide of JSON.parse(new TextDecoder().decode(page.body))) yield { key: [tide.at], fields: tide } },'

describe('a live adapter', () => {
  /** Two segments come, then nothing more until it is told to end. */
  const live = `async *pages({ config, http, clock, signal, drain }) {
    try {
      for (let segment = 1; ; segment += 1) {
        if (segment > 2) await clock.sleep(600_000, AbortSignal.any([signal, drain])).catch(() => {})
        signal.throwIfAborted()
        const response = await http.request({ url: config.url + '/?segment=' + segment })
        yield { body: response.body, ...response.facts, cursor: segment }
        if (drain.aborted) return
      }
    } finally {
      await http.request({ url: config.url + '/?closed' }).catch(() => {})
    }
  }, ${jsonRecords}`
  const segments = () => source.requests.map(({ path }) => path)

  it('is read for so many segments', async () => {
    await packageOf('tides', 'live', live)
    source.play((request) => ({ body: [{ at: request.path }] }))
    const from = segments().length
    const { status, out, err } = await run(['adapter', 'read', './tides', ...asking, '--pages', '2'])
    expect([status, err]).toEqual([0, ''])
    expect(out.match(/^page \d/gm)).toEqual(['page 1', 'page 2'])
    expect(segments().slice(from, from + 2)).toEqual(['/?segment=1', '/?segment=2'])
  })

  it('is read for so many seconds, and hands over what it has', async () => {
    await packageOf('tides', 'live', live)
    source.play((request) => ({ body: [{ at: request.path }] }))
    const { status, out } = await run(['adapter', 'read', './tides', ...asking, '--pages', '9', '--seconds', '1'])
    expect(status).toBe(0)
    expect(out).toMatch(/page 3: .*\n.*\n1 records, cursor 3\nkey .*\n\/\?segment=3/)
    expect(out).not.toContain('page 4')
  })

  it('is recorded by segments', async () => {
    await packageOf('tides', 'live', live)
    source.play((request) => ({ body: [{ at: request.path }] }))
    const { status, out } = await run(['adapter', 'record', './tides', ...asking, '--pages', '2', '--name', 'brest'])
    expect(status).toBe(0)
    expect(out).toContain('wrote tides/fixtures/brest-2.page.json')
  })

  it('that gives nothing in time is no success of a check', async () => {
    await packageOf('mute', 'live', `async *pages({ http, config }) { await http.request({ url: config.url }) }, ${jsonRecords}`)
    source.play([{ hang: 'head' }])
    const { status, err } = await run(['adapter', 'check', './mute', ...asking, '--seconds', '1'])
    expect([status, err]).toEqual([1, expect.stringContaining('source_timeout')])
  })
})

describe('test', () => {
  const poll = `async *pages({ config, http }) { const response = await http.request({ url: config.url }); yield { body: response.body, ...response.facts } }, ${jsonRecords}`
  const test = (...more: string[]) => run(['adapter', 'test', './tides', '--fixtures-only', ...more])

  it('plays what was recorded: without a golden file, with one, and with another', async () => {
    await packageOf('tides', 'poll', poll)
    source.play([
      {
        body: [
          { at: 'low', metres: 1.25 },
          { at: 'high', metres: 4.5 },
        ],
      },
    ])
    expect(await test()).toMatchObject({
      status: 1,
      err: expect.stringContaining('There are no recorded pages in tides/fixtures. Record some: weaver adapter record'),
    })
    expect(await run(['adapter', 'record', './tides', ...asking, '--name', 'brest', '--stream', 'brest'])).toMatchObject({ status: 0 })
    expect(await test()).toMatchObject({
      status: 1,
      err: expect.stringContaining('has no golden file yet\nIf it should be so, --update writes'),
    })
    expect(await test('--update')).toMatchObject({ status: 0, out: 'brest: wrote the golden file, 2 documents\n', err: '' })
    expect(await test()).toMatchObject({ status: 0, out: 'brest: 2 documents, as the golden file has them\n', err: '' })
    const golden = folder.join('tides/fixtures/brest.golden.json')
    const text = await readFile(golden, 'utf8')
    expect(JSON.parse(text)).toEqual({
      documents: [
        { id: 'brest:low', fields: { at: 'low', metres: 1.25 } },
        { id: 'brest:high', fields: { at: 'high', metres: 4.5 } },
      ],
    })
    await writeFile(golden, text.replace('4.5', '4.75'))
    expect(await test()).toMatchObject({
      status: 1,
      err: expect.stringContaining('  documents[1].fields.metres: expected 4.75, got 4.5\n'),
    })
    await writeFile(golden, '{"documents":')
    expect(await test()).toMatchObject({ status: 1, err: expect.stringMatching(/brest\.golden\.json is not valid JSON/) })
  })

  it('says which fixture cannot be played', async () => {
    await packageOf('tides', 'poll', poll)
    source.play([{ body: [] }])
    await run(['adapter', 'record', './tides', ...asking, '--name', 'brest'])
    await writeFile(folder.join('tides/fixtures/brest.body.json'), '<html>')
    expect(await test()).toMatchObject({ status: 1, err: expect.stringMatching(/^brest: cannot be played\ninternal: /) })
    const page = folder.join('tides/fixtures/brest.page.json')
    await writeFile(page, (await readFile(page, 'utf8')).replace('"body":', '"bodies":'))
    const broken = await test()
    expect([broken.status, broken.err]).toEqual([1, expect.stringContaining('brest.page.json.bodies is not a known field')])
  })

  it('does not record bytes from which a secret cannot be taken', async () => {
    await packageOf('tides', 'poll', poll.replace(jsonRecords, "*records() { yield { key: ['one'], fields: {} } },"))
    source.play([
      {
        body: Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('a-secret-of-mine')]),
        headers: { 'content-type': 'application/octet-stream' },
      },
    ])
    const given = ['adapter', 'record', './tides', ...asking, '--secret', 'key=env:TIDES', '--name', 'bytes']
    const refused = await run(given, { TIDES: 'a-secret-of-mine' })
    expect([refused.status, refused.err]).toEqual([
      1,
      expect.stringContaining('bytes.body.bin has a secret in it that cannot be taken out, and is not written'),
    ])
    expect(await test()).toMatchObject({ status: 1, err: expect.stringContaining('There are no recorded pages') })
    expect(await run(given, { TIDES: 'another-secret' })).toMatchObject({ status: 0 })
  })
})

describe('a package', () => {
  it('is found by WEAVER_ADAPTERS and id, and by its folder', async () => {
    await packageOf('tides', 'poll', `async *pages() {}, ${jsonRecords}`)
    const byId = await run(['adapter', 'check', 'tides', ...asking], { WEAVER_ADAPTERS: folder.join('tides') })
    expect(byId).toMatchObject({ status: 0, out: expect.stringContaining('The source had nothing to give.') })
    expect(await run(['adapter', 'check', './tides/', ...asking], { WEAVER_ADAPTERS: folder.join('tides') })).toMatchObject(byId)
    expect(await run(['adapter', 'check', './tides', ...asking])).toMatchObject(byId)
  })

  it('that holds no adapter is refused with the reason', async () => {
    expect(await run(['adapter', 'check', './nowhere'])).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^invalid_config: .*\n {2}The argument names ".*nowhere", which is no folder with a package\.json\n/),
    })
    await packageOf('tides', 'poll', 'pages: 5,')
    expect(await run(['adapter', 'check', './tides'])).toMatchObject({
      status: 1,
      err: expect.stringContaining('has no function `records`'),
    })
  })
})
