import { readdir } from 'node:fs/promises'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsOf, type Fleet, runEnds } from '../e2e/fleet.ts'
import { json } from '../e2e/source.ts'
import { type ConsolePage, findChromium, violationsOf } from './browser.ts'
import { type RunningConsole, startConsole } from './running.ts'

const program = await findChromium()

describe.skipIf(program === undefined)('a stream is deleted in the console', () => {
  let running: RunningConsole
  let fleet: Fleet
  let shown: ConsolePage
  beforeAll(async () => {
    running = await startConsole({ program, answer: (_request, response) => json(response, { items: [{ id: 'a' }] }) })
    ;({ fleet, shown } = running)
  })
  afterAll(async () => await running?.[Symbol.asyncDispose]())

  const objects = async () =>
    (await readdir(fleet.objects, { recursive: true })).filter((name) => name.startsWith('results/') && name.endsWith('.json'))
  const remove = async (name: string) => {
    await running.make(name)
    await fleet.api.post(`/v1/streams/${name}/start`)
    await fleet.api.post(`/v1/streams/${name}/trigger`)
    await runEnds(fleet.api, name, ['succeeded'])
    await shown.visit(`/streams/${name}`)
    await shown.page.getByRole('button', { name: 'More acts' }).click()
    await shown.page.getByRole('menuitem', { name: 'Delete' }).click()
    return shown.page.getByRole('alertdialog')
  }

  it('with what was fetched: the preview says how much, and the operation lasts until it is gone', async () => {
    const { page } = shown
    const dialog = await remove('purged')
    expect(await objects()).toHaveLength(1)
    await dialog.getByText('Purge: stored pages').click()
    await dialog.getByText('1 page', { exact: true }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('Done after').waitFor()
    expect(await objects()).toEqual([])
    const { items } = await fleet.api.get<{ items: readonly unknown[] }>('/v1/documents')
    expect(items).toEqual([])
  })

  it('and keeps what was fetched when nothing else is chosen', async () => {
    const { page } = shown
    const dialog = await remove('kept')
    await dialog.getByText('1 stream', { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByRole('article').first().getByText('Done after').waitFor()
    await eventually(async () => (await fleet.api.call('GET', '/v1/streams/kept')).status === 404, { what: 'the stream to be deleted' })
    expect(await objects()).toHaveLength(1)
    expect(await documentsOf(fleet.api, 'kept')).toHaveLength(1)
    expect(shown.complaints).toEqual([])
  })
})
