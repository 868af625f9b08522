import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, runEnds } from '../e2e/fleet.ts'
import { json } from '../e2e/source.ts'
import { type ConsolePage, findChromium, violationsOf } from './browser.ts'
import { type RunningConsole, startConsole } from './running.ts'

const program = await findChromium()

describe.skipIf(program === undefined)('a run in the console', () => {
  let running: RunningConsole
  let fleet: Fleet
  let shown: ConsolePage
  let broken = true
  beforeAll(async () => {
    running = await startConsole({
      program,
      answer: (_request, response) =>
        broken ? json(response, { message: 'later' }, 503) : json(response, { items: [{ id: 'a', size: 1 }] }),
    })
    ;({ fleet, shown } = running)
    await running.make('parcels', { retry: { attempts: 2, delay: 10, maxDelay: 20 } })
    await fleet.api.post('/v1/streams/parcels/start')
    await fleet.api.post('/v1/streams/parcels/trigger')
    await shown.visit(`/runs/${(await runEnds(fleet.api, 'parcels', ['failed'])).id}`)
  })
  afterAll(async () => await running?.[Symbol.asyncDispose]())

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
    const asked = running.source.requests.length
    await page.getByRole('button', { name: 'Replay' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('1 page').waitFor()
    await dialog.getByText('1 delivery to sinks').waitFor()
    await dialog.getByRole('button', { name: 'Replay' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('1 document, 0 dead letters').waitFor()
    expect(running.source.requests).toHaveLength(asked)
    const { items } = await fleet.api.get<{ items: readonly { fields: unknown }[] }>('/v1/documents?stream=parcels')
    expect(items).toMatchObject([{ fields: { weight: 1 } }])
    expect(shown.complaints).toEqual([])
  })
})
