import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, runEnds, startFleet } from '../e2e/fleet.ts'
import { json, type Source, startSource } from '../e2e/source.ts'
import { buildConsole, type ConsolePage, findChromium, openConsole, violationsOf } from './browser.ts'

const program = await findChromium()

describe.skipIf(program === undefined)('a run in the console', () => {
  let source: Source
  let fleet: Fleet
  let shown: ConsolePage
  let broken = true
  beforeAll(async () => {
    await buildConsole()
    source = await startSource((_request, response) =>
      broken ? json(response, { message: 'later' }, 503) : json(response, { items: [{ id: 'a', size: 1 }] }),
    )
    fleet = await startFleet()
    await fleet.api.post('/v1/streams', {
      name: 'parcels',
      adapter: 'http',
      config: { request: { url: source.url }, records: { path: 'items' }, primaryKey: ['id'] },
      schedule: { manual: true },
      retry: { attempts: 2, delay: 10, maxDelay: 20 },
    })
    await fleet.api.post('/v1/streams/parcels/start')
    await fleet.api.post('/v1/streams/parcels/trigger')
    shown = await openConsole({ program: program ?? '', address: fleet.address, token: 'test-admin-token-0123456789' })
    await shown.signIn()
    await shown.visit(`/runs/${(await runEnds(fleet.api, 'parcels', ['failed'])).id}`)
  })
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
    await source?.[Symbol.asyncDispose]()
  })

  it('says how each attempt failed, and is retried: the same run comes to its end', async () => {
    const { page } = shown
    await page.locator('.log-line').nth(1).getByText('attempt 2').waitFor()
    await page.locator('.log-line').first().getByText('source_unavailable').waitFor()
    expect(await violationsOf(page)).toEqual([])
    broken = false
    await page.getByRole('button', { name: 'Retry' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('it is attempt 3').waitFor()
    await dialog.getByRole('button', { name: 'Retry' }).click()
    await page.locator('main .page-head').getByText('succeeded').waitFor()
  })

  it('shows where its time went, from the wait to the sink', async () => {
    const { page } = shown
    await page.locator('.waterfall').getByText('Transform').waitFor()
    expect(await page.locator('.waterfall-label').allTextContents()).toEqual([
      'Wait for a worker',
      'Fetch',
      'Store',
      'Transform',
      'To postgres',
    ])
    await page.getByText('postgres: done').waitFor()
    expect(await violationsOf(page)).toEqual([])
  })

  it('is replayed by the current version, without a request to its source', async () => {
    const { page } = shown
    await fleet.api.call('PATCH', '/v1/streams/parcels', { transform: { fields: { weight: 'size' } } })
    const asked = source.requests.length
    await page.getByRole('button', { name: 'Replay' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('1 page').waitFor()
    await dialog.getByText('1 delivery to sinks').waitFor()
    await dialog.getByRole('button', { name: 'Replay' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('1 document, 0 dead letters').waitFor()
    expect(source.requests).toHaveLength(asked)
    const { items } = await fleet.api.get<{ items: readonly { fields: unknown }[] }>('/v1/documents?stream=parcels')
    expect(items).toMatchObject([{ fields: { weight: 1 } }])
    expect(shown.complaints).toEqual([])
  })
})
