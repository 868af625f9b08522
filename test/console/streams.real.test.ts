import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsOf, type Fleet, runEnds } from '../e2e/fleet.ts'
import { json, type Source } from '../e2e/source.ts'
import { type ConsolePage, findChromium, violationsOf } from './browser.ts'
import { type RunningConsole, startConsole } from './running.ts'

const program = await findChromium()

describe.skipIf(program === undefined)('a stream in the console', () => {
  let running: RunningConsole
  let source: Source
  let fleet: Fleet
  let shown: ConsolePage
  /** Lets go of the answers that the source holds back. */
  const held: (() => void)[] = []
  beforeAll(async () => {
    running = await startConsole({
      program,
      context: { timezoneId: 'UTC' },
      answer: (_request, response, url) => {
        if (url.pathname === '/slow') held.push(() => json(response, { items: [{ id: 'late' }] }))
        else if (url.pathname === '/days')
          json(response, { items: [{ id: url.searchParams.get('from'), time: `${url.searchParams.get('from')}T12:00:00Z` }] })
        else json(response, { items: [{ id: 'a', title: 'first of the items' }], others: [{ id: 'b', title: 'one of the others' }] })
      },
    })
    ;({ source, fleet, shown } = running)
  })
  afterAll(async () => await running?.[Symbol.asyncDispose]())

  const make = async (name: string, more: object = {}) => await running.make(name, more, `${source.url}/${name}`)

  it('tries a change before it is saved, and shows the first page', async () => {
    const { page } = shown
    await make('tried')
    await shown.visit('/streams/tried/edit')
    await page
      .getByRole('group', { name: /^records/ })
      .getByRole('textbox', { name: /^path/ })
      .fill('others')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText('1 record found, 0 problems').waitFor()
    await page.getByRole('group', { name: 'Documents' }).getByText('one of the others').waitFor()
    await page.getByText('The first page').click()
    await page.getByRole('group', { name: 'First page' }).getByText('first of the items').waitFor()
    expect(await fleet.api.get('/v1/streams/tried')).toMatchObject({ version: 1, config: { records: { path: 'items' } } })
    await page
      .getByRole('group', { name: /^Configuration/ })
      .getByRole('textbox', { name: /^url/ })
      .fill('nonsense')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.locator('.field', { hasText: 'url' }).locator('.field-problem').first().waitFor()
  })

  it('names sources that send by themselves, and does not offer to ask them', async () => {
    const { page } = shown
    await shown.visit('/adapters')
    await page
      .locator('.catalogue-entry', { hasText: 'New stream' })
      .filter({ hasText: 'pushed' })
      .getByRole('link', { name: 'New stream with push' })
      .click()
    await page.getByLabel('Name', { exact: true }).fill('sent')
    await page.getByText('its source sends to /v1/ingest/sent').waitFor()
    expect(await page.getByRole('button', { name: 'Try it' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'sent' }).waitFor()
    expect(await fleet.api.get('/v1/streams/sent')).toMatchObject({ desired: 'stopped', schedule: { manual: true } })
  })
  it('shows which ticks were missed and why, previews those that are selected, and runs each of them once', async () => {
    const { page } = shown
    await make('hourly', { schedule: { every: 600_000 } })
    await fleet.api.post('/v1/streams/hourly/start')
    await missed('hourly', 2 * 3_600_000)
    await shown.visit('/streams/hourly?tab=ticks')
    await page.getByText('missed, 12 ticks').waitFor()
    await page.getByLabel(/^Select /).check()
    await page.getByRole('region', { name: 'Selected ticks' }).getByRole('button', { name: 'Run them' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('Runs 12 ticks').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Run them' }).click()
    const operation = page.getByRole('region', { name: 'Operations' }).getByRole('article')
    await operation.getByRole('heading', { name: 'Run ticks of hourly' }).waitFor()
    await operation.getByText(/^Done after .*: 12 runs, 12 documents, 0 dead letters$/).waitFor()
    await expect
      .poll(async () => (await ticksOf('hourly')).filter(({ outcome, trigger }) => outcome === 'ran' && trigger === 'catchUp').length, {
        timeout: 20_000,
      })
      .toBe(12)
    await page.reload()
    await page.locator('tr', { hasText: 'late' }).getByText('succeeded').first().waitFor()
    expect(await page.getByLabel(/^Select /).count()).toBe(0)
    await page.getByRole('button', { name: 'Run missed ticks' }).click()
    await dialog.getByText('Nothing is to be run').waitFor()
    expect(await dialog.getByRole('button', { name: 'Run them' }).isDisabled()).toBe(true)
    await dialog.getByRole('button', { name: 'Leave it' }).click()
  })

  it('fetches the past again in a run of its own, as far as it was told, and leaves the cursor alone', async () => {
    const { page } = shown
    await make('days', {
      config: {
        request: { url: `${source.url}/days`, query: { from: '{{partition.from}}', to: '{{partition.to}}' } },
        records: { path: 'items' },
        partitions: { type: 'window', start: '2024-01-01', step: 86_400_000, format: 'date' },
        // Fewer than there are to fetch: of a backfill there is no next run that goes on.
        pagination: { type: 'page', parameter: 'page', size: { parameter: 'n', value: 100 }, stop: { on: 'shortPage' }, maxPages: 2 },
        incremental: { path: 'time', order: 'time' },
        primaryKey: ['id'],
      },
    })
    const cursor = { version: 1, incremental: { path: 'time', value: '2024-06-01T00:00:00Z' } }
    await fleet.api.call('PUT', '/v1/streams/days/cursor', { cursor })
    await fleet.api.post('/v1/streams/days/start')
    await shown.visit('/streams/days')
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Backfill' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel('From', { exact: true }).fill('2024-01-02T00:00:00')
    await dialog.getByLabel('until', { exact: true }).fill('2024-01-09T00:00:00')
    await dialog.getByLabel('In how many runs').selectOption('a run for each week')
    await dialog.getByText('1 run, from').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Fetch it again' }).click()
    await page
      .getByRole('region', { name: 'Operations' })
      .getByText(/^Done after .*: 1 run, 7 documents, 0 dead letters$/)
      .waitFor()
    await page.locator('.timeline-entry', { hasText: 'Backfill' }).getByText('succeeded').waitFor()
    const asked = source.requests.flatMap(({ url }) => (url.pathname === '/days' ? [url.searchParams.get('from')] : []))
    expect(asked).toEqual(['02', '03', '04', '05', '06', '07', '08'].map((day) => `2024-01-${day}`))
    expect(await documentsOf(fleet.api, 'days')).toHaveLength(7)
    expect(await fleet.api.get('/v1/streams/days')).toMatchObject({ cursor })
    await page.locator('.timeline-entry', { hasText: 'Backfill' }).getByRole('link').click()
    await page.getByText('Fetches again').waitFor()
    await shown.visit('/streams/tried')
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Backfill' }).click()
    await dialog.getByText('The past of this stream cannot be asked for').waitFor()
    await dialog.getByLabel('All there is behind a cursor').check()
    await dialog.getByText('1 run, from the cursor to the newest').waitFor()
    await dialog.getByRole('button', { name: 'Leave it' }).click()
  })

  it('shows how far a backfill is until it has ended, after a reload as well, to whoever opens the stream', async () => {
    const { page } = shown
    await make('slow')
    await fleet.api.post('/v1/streams/slow/start')
    await shown.visit('/streams/slow')
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Backfill' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel('All there is behind a cursor').check()
    await dialog.getByRole('button', { name: 'Fetch it again' }).click()
    const watched = page.getByRole('region', { name: 'Operations' })
    const ofStream = page.getByRole('group', { name: 'Backfill slow' })
    for (const reloaded of [false, true]) {
      if (reloaded) await page.reload()
      for (const place of [watched, ofStream]) {
        await place.getByText('0 of 1 run ended').waitFor()
        await place.getByRole('progressbar', { name: 'Runs that ended' }).waitFor()
      }
    }
    expect(await violationsOf(page)).toEqual([])
    await expect.poll(() => held.length, { timeout: 20_000 }).toBe(1)
    held[0]?.()
    await watched.getByText(/^Done after .*: 1 run, 1 document, 0 dead letters$/).waitFor()
    await ofStream.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Close Backfill slow' }).click()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'slow' }).waitFor()
    expect(await watched.getByRole('heading', { name: 'Backfill slow' }).count()).toBe(0)
    await shown.visit('/operations')
    await page.locator('tr', { hasText: 'Backfill slow' }).getByText('completed').waitFor()
  })

  it('finds documents by words, stream, time and page, all of it in the address, and opens one down to its bytes', async () => {
    const { page } = shown
    await make('found')
    await fleet.api.post('/v1/streams/found/start')
    await fleet.api.post('/v1/streams/found/trigger')
    await runEnds(fleet.api, 'found', ['succeeded'])
    const [document] = await documentsOf(fleet.api, 'found')
    await shown.visit('/documents?stream=found')
    const hits = page.locator('.hit')
    await hits.getByText('first of the items').waitFor()
    await page.getByLabel('changed from').fill('2999-01-01T00:00')
    await page.getByText('No document fits').waitFor()
    await page.waitForURL(/from=2999/)
    await page.getByLabel('changed from').fill('2020-01-01T00:00')
    await page.getByLabel('until').fill('2999-01-01T00:00')
    await page.getByRole('searchbox').fill('items')
    await page.waitForURL(/q=items/)
    await hits.getByText('first of the items').waitFor()
    await page.reload()
    await hits.getByText('first of the items').waitFor()
    expect(await page.getByLabel('changed from').inputValue()).toBe('2020-01-01T00:00')
    await shown.visit(`/results/${document?.lineage.resultId}`)
    await page.getByText('1 document was last written by this page').waitFor()
    await page.getByRole('link', { name: 'Search in them' }).click()
    await page.getByText('written by').waitFor()
    await hits.getByRole('link').first().click()
    await page.getByRole('link', { name: 'Page, byte for byte' }).click()
    await page.getByRole('heading', { name: 'Bytes' }).waitFor()
    await page.getByText('first of the items').first().waitFor()
  })

  interface TickView {
    readonly outcome: string
    readonly trigger: string
  }
  const ticksOf = async (name: string): Promise<readonly TickView[]> =>
    (await fleet.api.get<{ items: readonly TickView[] }>(`/v1/streams/${name}/ticks`)).items

  /** As if the stream had been due all this time, and nobody there to run it. */
  async function missed(name: string, ms: number): Promise<void> {
    const database = new pg.Client({ connectionString: fleet.databaseUrl })
    await database.connect()
    try {
      await database.query(
        `update weaver.streams set anchor = anchor - $2 * interval '1 ms', accounted_until = anchor - ($2 + 1) * interval '1 ms' where name = $1`,
        [name, ms],
      )
    } finally {
      await database.end()
    }
    await expect.poll(async () => (await ticksOf(name)).some(({ outcome }) => outcome === 'missed'), { timeout: 20_000 }).toBe(true)
  }
})
