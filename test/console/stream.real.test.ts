import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsOf, type Fleet, runEnds } from '../e2e/fleet.ts'
import { json } from '../e2e/source.ts'
import { type ConsolePage, findChromium, violationsOf } from './browser.ts'
import { type RunningConsole, startConsole } from './running.ts'

const program = await findChromium()

describe.skipIf(program === undefined)('a stream in the console', () => {
  let running: RunningConsole
  let fleet: Fleet
  let shown: ConsolePage
  beforeAll(async () => {
    running = await startConsole({ program, answer: (_request, response) => json(response, { items: [{ id: 'a', size: 1 }] }) })
    ;({ fleet, shown } = running)
  })
  afterAll(async () => await running?.[Symbol.asyncDispose]())

  const make = async (name: string, more: object = {}) => {
    await running.make(name, more)
    await fleet.api.post(`/v1/streams/${name}/start`)
  }
  const run = async (name: string) => {
    await fleet.api.post(`/v1/streams/${name}/trigger`)
    return await runEnds(fleet.api, name, ['succeeded'])
  }

  it('is re-parsed after a preview: what is stored goes through the current transform', async () => {
    const { page } = shown
    await make('parsed')
    await run('parsed')
    await fleet.api.call('PATCH', '/v1/streams/parsed', { transform: { fields: { weight: 'size' } } })
    await shown.visit('/streams/parsed')
    await page.getByText('has everything').waitFor()
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Re-parse' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('1 page', { exact: true }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByLabel('Stored since').fill('2099-01-01T00:00')
    await dialog.getByText('0 pages', { exact: true }).waitFor()
    await dialog.getByLabel('Stored since').fill('')
    await dialog.getByText('1 page', { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Re-parse' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('1 document, 0 dead letters').waitFor()
    expect((await documentsOf(fleet.api, 'parsed')).map(({ fields }) => fields)).toEqual([{ weight: 1 }])
  })

  it('has a change put on trial, which shows how far it is, and is made current by hand', async () => {
    const { page } = shown
    await make('tried', { schedule: { every: 300 } })
    const propose = async (timeout: number) => {
      await shown.visit('/streams/tried/edit')
      const written = page.locator('textarea').last()
      const draft = JSON.parse(await written.inputValue()) as object
      await written.fill(JSON.stringify({ ...draft, timeout }))
      await page.getByRole('button', { name: 'On trial…' }).click()
    }
    await propose(5000)
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('Instead of the current version').click()
    await dialog.getByLabel('Good runs that make it current').fill('1000')
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Begin the trial' }).click()
    await page.locator('.timeline').getByText('Version 2 put on trial').waitFor()
    await page.getByText(/It becomes current after [1-9]\d\d more good runs/).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Make it current' }).click()
    await dialog.getByRole('button', { name: 'Make it current' }).click()
    await page.locator('.notice').waitFor({ state: 'detached' })
    expect(await fleet.api.get('/v1/streams/tried')).toMatchObject({ version: 2, timeout: 5000, canary: null })

    await propose(6000)
    await dialog.getByRole('button', { name: 'Begin the trial' }).click()
    await page.getByRole('button', { name: 'Give it up' }).click()
    await dialog.getByRole('button', { name: 'Give it up' }).click()
    await page.locator('.notice').waitFor({ state: 'detached' })
    expect(await fleet.api.get('/v1/streams/tried')).toMatchObject({ version: 2, timeout: 5000, canary: null })
  })

  it('has the limits of its budget set for all who share it, and given back', async () => {
    const { page } = shown
    await make('shared', { budget: { name: 'post-office', policies: [{ requests: 60, perMs: 60_000 }] } })
    await run('shared')
    await shown.visit('/streams/shared')
    await page.getByText('59 of 60 requests left per 1 min').waitFor()
    await page.getByRole('button', { name: 'Change the limits' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel('Limit 1, requests').fill('10')
    await dialog.getByLabel('Requests at once').fill('2')
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Set the limits' }).click()
    await page.getByText('9 of 10 requests left per 1 min').waitFor()
    await page.getByText('0 of 2 requests at once').waitFor()
    expect(await fleet.api.get('/v1/budgets/post-office')).toMatchObject({ configured: true, concurrency: 2 })
    await page.getByRole('button', { name: 'Give the limits back' }).click()
    await dialog.getByRole('button', { name: 'Forget' }).click()
    await page.getByText(/of 60 requests left per 1 min/).waitFor()
    expect(shown.complaints).toEqual([])
  })
})
