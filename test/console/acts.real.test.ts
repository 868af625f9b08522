import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsOf, type Fleet, runEnds } from '../e2e/fleet.ts'
import { json } from '../e2e/source.ts'
import { type ConsolePage, findChromium } from './browser.ts'
import { type RunningConsole, startConsole } from './running.ts'

const program = await findChromium()

/** The acts that no other test clicks, in an order in which each finds what it needs. */
describe.skipIf(program === undefined)('acts in the console', () => {
  let running: RunningConsole
  let fleet: Fleet
  let shown: ConsolePage
  let asked = 0
  beforeAll(async () => {
    running = await startConsole({
      program,
      answer: (_request, response) => json(response, { items: [{ id: `item-${(asked += 1)}` }] }),
      context: { permissions: ['clipboard-read', 'clipboard-write'] },
    })
    ;({ fleet, shown } = running)
    await running.make('handled')
  })
  afterAll(async () => await running?.[Symbol.asyncDispose]())

  const desired = async () => (await fleet.api.get<{ desired: string }>('/v1/streams/handled')).desired
  const confirm = async (act: string) => await shown.page.getByRole('alertdialog').getByRole('button', { name: act, exact: true }).click()

  it('start a stream, run it now, pause it, let it go on', async () => {
    const { page } = shown
    await shown.visit('/streams/handled')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await confirm('Start')
    await expect.poll(desired).toBe('started')
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('alertdialog').getByText('1 stream').waitFor()
    await confirm('Run now')
    await page.locator('.timeline-entry').getByText('succeeded').waitFor()
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Pause' }).click()
    await confirm('Pause')
    await page.getByRole('button', { name: 'Resume' }).click()
    await confirm('Resume')
    await expect.poll(desired).toBe('started')
  })

  it('set the cursor, and say what is wrong with one that is none', async () => {
    const { page } = shown
    await shown.visit('/streams/handled')
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Edit cursor' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel('Cursor, as JSON').fill('{"version": 1')
    await confirm('Set the cursor')
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Cursor, as JSON').fill('{"version": 1, "incremental": {"path": "id", "value": "item-0"}}')
    await confirm('Set the cursor')
    await page.getByText('The cursor of handled is set').waitFor()
    expect(await fleet.api.get('/v1/streams/handled')).toMatchObject({ cursor: { incremental: { value: 'item-0' } } })
  })

  it('copy the id of a document', async () => {
    const { page } = shown
    const [document] = await documentsOf(fleet.api, 'handled')
    await shown.visit(`/documents/${document?.id}`)
    await page.getByRole('button', { name: 'Copy id' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(document?.id)
  })

  it('hold live documents back, and filter them', async () => {
    const { page } = shown
    await fleet.api.call('PUT', '/v1/streams/handled/cursor', { cursor: null })
    const arrives = async () => {
      await fleet.api.post('/v1/streams/handled/trigger')
      await runEnds(fleet.api, 'handled', ['succeeded'])
    }
    await shown.visit('/live?streams=handled')
    await page.getByText('connected', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await arrives()
    await page.getByRole('button', { name: 'Go on, 1 waiting' }).waitFor()
    expect(await page.locator('.arrival').count()).toBe(0)
    await page.getByRole('button', { name: 'Go on, 1 waiting' }).click()
    await page.locator('.arrival').getByText(`item-${asked}`).first().waitFor()
    await page.getByRole('searchbox').fill('nothing like it')
    await page.getByText('None of 1 document has these words').waitFor()
  })

  it('stop all streams after a preview, and drain a worker until it has acknowledged', async () => {
    const { page } = shown
    await shown.visit('/')
    await page.getByRole('button', { name: 'Stop all' }).click()
    await page.getByRole('alertdialog').getByText('1 stream', { exact: true }).waitFor()
    await confirm('Stop')
    await expect.poll(desired).toBe('stopped')
    await shown.visit('/workers')
    await page.getByRole('button', { name: 'Drain' }).click()
    await confirm('Drain')
    await page.getByRole('region', { name: 'Operations' }).getByRole('article').first().getByText('Done after').waitFor()
    await page.getByText('draining', { exact: true }).waitFor()
    expect(shown.complaints).toEqual([])
  })
})
