import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsOf, type Fleet, runEnds } from '../e2e/fleet.ts'
import { json } from '../e2e/source.ts'
import { type ConsolePage, findChromium, violationsOf } from './browser.ts'
import { type RunningConsole, startConsole } from './running.ts'

const program = await findChromium()

/** Two streams, each with one good record and two that have no key. */
describe.skipIf(program === undefined)('dead letters in the console', () => {
  let running: RunningConsole
  let fleet: Fleet
  let shown: ConsolePage
  beforeAll(async () => {
    const items = [{ id: 'a', author: 'Ada' }, { author: 'Bob' }, { author: 'Cyd' }]
    running = await startConsole({ program, answer: (_request, response) => json(response, { items }) })
    ;({ fleet, shown } = running)
    for (const name of ['mended', 'left']) {
      await running.make(name)
      await fleet.api.post(`/v1/streams/${name}/start`)
      await fleet.api.post(`/v1/streams/${name}/trigger`)
      await runEnds(fleet.api, name, ['partial'])
    }
  })
  afterAll(async () => await running?.[Symbol.asyncDispose]())

  it('are counted by cause, and redriven after a preview, until the operation is complete', async () => {
    const { page } = shown
    await shown.visit('/dead-letters')
    const row = page.getByRole('row').filter({ hasText: 'mended' })
    expect(await row.locator('td').nth(3).textContent()).toBe('2')
    await row.getByRole('link', { name: 'record_invalid' }).click()
    await page.getByRole('heading', { name: '2 dead letters of mended' }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await fleet.api.call('PATCH', '/v1/streams/mended', {
      config: { request: { url: running.source.url }, records: { path: 'items' }, primaryKey: ['author'] },
    })
    await page.getByRole('button', { name: 'Redrive these' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('2 open dead letters').waitFor()
    await dialog.getByText('1 page, 1 delivery to sinks').waitFor()
    await dialog.getByRole('button', { name: 'Redrive' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('3 documents, 0 dead letters').waitFor()
    await page.getByRole('row').filter({ hasText: 'mended' }).waitFor({ state: 'detached' })
    const authors = (await documentsOf(fleet.api, 'mended')).map(({ fields }) => fields['author'])
    expect(authors).toEqual(expect.arrayContaining(['Ada', 'Bob', 'Cyd']))
  })

  it('are discarded, some that are chosen and then the rest, and stand among those that are settled', async () => {
    const { page } = shown
    await shown.visit('/dead-letters?stream=left&cause=record_invalid/left/postgres')
    await page.getByRole('checkbox').first().check()
    await page.getByRole('button', { name: 'Discard 1 dead letter' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('1 open dead letter').waitFor()
    await dialog.getByRole('button', { name: 'Discard' }).click()
    await page.getByRole('heading', { name: '1 dead letter of left' }).waitFor()
    await page.getByRole('button', { name: 'Discard all' }).click()
    await dialog.getByText('1 open dead letter').waitFor()
    await dialog.getByRole('button', { name: 'Discard' }).click()
    await page.getByText('Nothing was refused').waitFor()
    await page.getByRole('link', { name: 'resolved' }).click()
    await page.getByRole('link', { name: 'record_invalid' }).click()
    await page.getByText('discarded').first().waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(await documentsOf(fleet.api, 'left')).toHaveLength(1)
    expect(shown.complaints).toEqual([])
  })
})
