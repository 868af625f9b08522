import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, runEnds } from '../e2e/fleet.ts'
import { json, type Source } from '../e2e/source.ts'
import { type ConsolePage, findChromium } from './browser.ts'
import { type RunningConsole, startConsole } from './running.ts'

const program = await findChromium()

describe.skipIf(program === undefined)('work in the console', () => {
  let running: RunningConsole
  let source: Source
  let fleet: Fleet
  let shown: ConsolePage
  beforeAll(async () => {
    running = await startConsole({
      program,
      answer: (_request, response, url) => {
        if (url.pathname === '/hangs') return
        if (url.pathname === '/refuses') json(response, { message: 'no such key' }, 401)
        else json(response, { prices: [{ symbol: 'BTC', price: 64_123.5, currency: 'USD' }] })
      },
    })
    ;({ source, fleet, shown } = running)
  })
  afterAll(async () => await running?.[Symbol.asyncDispose]())

  const make = async (name: string, path: string, more: object = {}) => {
    const config = { request: { url: `${source.url}${path}` }, records: { path: 'prices' }, primaryKey: ['symbol'] }
    await running.make(name, { config, ...more })
    await fleet.api.post(`/v1/streams/${name}/start`)
  }

  it('makes a stream by its form, tries it before anything is started, and starts it', async () => {
    const { page } = shown
    await shown.visit('/adapters')
    await page.getByRole('link', { name: 'New stream with http' }).click()
    await page.getByLabel('Name', { exact: true }).fill('prices')
    // The form and the JSON beside it are the same draft.
    const config = { request: { url: `${source.url}/prices` }, records: { path: 'nothing' }, primaryKey: ['symbol'] }
    const written = page.locator('textarea').last()
    await written.fill(
      JSON.stringify({ name: 'prices', config, schedule: { every: 60_000 }, transform: null, sinks: [{ type: 'postgres' }] }),
    )
    const path = page.getByRole('group', { name: /^records/ }).getByRole('textbox', { name: /^path/ })
    expect(await path.inputValue()).toBe('nothing')
    await path.fill('prices')
    expect(JSON.parse(await written.inputValue())).toMatchObject({ config: { records: { path: 'prices' } } })

    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText('1 record found, 0 problems').waitFor()
    await page.getByText(`${source.url}/prices`).last().waitFor()
    await page.getByRole('group', { name: 'Documents' }).getByText('64123.5').waitFor()
    expect(await fleet.api.get('/v1/streams?q=prices')).toEqual({ items: [], next: null })

    await page.getByRole('button', { name: 'Save and start' }).click()
    await page.getByRole('heading', { level: 1, name: 'prices' }).waitFor()
    await page.locator('.timeline').getByText('succeeded').first().waitFor()
    await shown.visit('/documents?stream=prices')
    await page.locator('.card[data-shape=price]').getByText('64,123.5').waitFor()
  })

  it('says what is wrong with a field beside the field', async () => {
    const { page } = shown
    await shown.visit('/streams/new?adapter=http')
    await page.getByLabel('Name', { exact: true }).fill('not a name')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByRole('alert').getByText('invalid_request').waitFor()
    expect(await page.locator('.field', { hasText: 'Name' }).locator('.field-problem').count()).toBe(1)
  })

  it('interrupts a run and shows it until the worker has acknowledged', async () => {
    const { page } = shown
    await make('hanging', '/hangs', { timeout: 120_000 })
    await shown.visit('/streams/hanging')
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('alertdialog').getByText('1 stream').waitFor()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Run now' }).click()
    await page.locator('.timeline').getByText('running').waitFor()
    await page.locator('.timeline').getByRole('link').first().click()
    await page.getByRole('button', { name: 'Interrupt', exact: true }).click()
    await page.getByRole('alertdialog').getByText('It is running').waitFor()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Interrupt' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('Acknowledged by all: 1 run').waitFor()
    await page.locator('main .page-head').getByText('interrupted').waitFor()
    expect((await runEnds(fleet.api, 'hanging', ['interrupted'])).error?.code).toBe('interrupted')
  })

  it('previews what a stop touches, and stops it', async () => {
    const { page } = shown
    await make('stopping', '/hangs', { timeout: 120_000 })
    await fleet.api.post('/v1/streams/stopping/trigger')
    await shown.visit('/streams?q=stopping')
    await page.getByLabel('Select stopping').check()
    await page.getByRole('region', { name: 'Selected streams' }).getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('alertdialog').getByText('1 run in progress on 1 worker').waitFor()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('Acknowledged by all: 1 run').waitFor()
    await page.locator('.grid-body').getByText('stopped').waitFor()
    expect(await fleet.api.get('/v1/streams/stopping')).toMatchObject({ desired: 'stopped' })
  })

  it('shows why a run failed, and what to do', async () => {
    const { page } = shown
    await make('refused', '/refuses')
    await fleet.api.post('/v1/streams/refused/trigger')
    await runEnds(fleet.api, 'refused', ['failed'])
    await shown.visit('/streams/refused')
    await page.locator('.timeline').getByText('auth_failed').waitFor()
    await page.locator('.timeline').getByRole('link').first().click()
    await page.locator('.error-panel').getByText('auth_failed').waitFor()
    expect(await page.locator('.error-panel').textContent()).toContain('set its secret anew')
  })

  it('goes back to an older version', async () => {
    const { page } = shown
    await make('changed', '/prices')
    await fleet.api.call('PATCH', '/v1/streams/changed', { pool: 'slow' })
    await shown.visit('/streams/changed?tab=configuration&version=1')
    await page.getByRole('button', { name: 'Go back to this version' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByRole('cell', { name: 'pool', exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Go back' }).click()
    await page.locator('.version-list').getByText('Version 3').waitFor()
    expect(await fleet.api.get('/v1/streams/changed')).toMatchObject({ version: 3, pool: 'default' })
  })

  it('lives through a restart of the supervisor', async () => {
    const { page } = shown
    await make('restarted', '/prices')
    await shown.visit('/streams/restarted')
    await page.getByText('No run yet').waitFor()
    await fleet.supervisor.end('SIGKILL')
    await page.getByText('The server cannot be reached').waitFor()
    await page.getByRole('heading', { level: 1, name: 'restarted' }).waitFor()
    await fleet.startSupervisor()
    await page.getByText('The server cannot be reached').waitFor({ state: 'hidden' })
    await fleet.api.post('/v1/streams/restarted/trigger')
    await page.locator('.timeline').getByText('succeeded').waitFor()
    expect(shown.complaints).toEqual([])
  })
})
