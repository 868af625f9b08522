import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, startFleet } from '../e2e/fleet.ts'
import type { Page } from 'playwright-core'
import { buildConsole, type ConsolePage, findChromium, openConsole, violationsOf } from './browser.ts'

const program = await findChromium()
const streams = 500
const runs = 10_000
/** Longest time that the page may not answer to its reader while it scrolls, milliseconds. */
const longestPauseMs = 200

describe.skipIf(program === undefined)('500 streams and 10,000 runs', () => {
  let fleet: Fleet
  let shown: ConsolePage
  beforeAll(async () => {
    await buildConsole()
    fleet = await startFleet()
    await fleet.api.post('/v1/streams', {
      name: 'stream-000',
      adapter: 'http',
      config: { request: { url: 'http://127.0.0.1:9/nothing' }, primaryKey: ['id'] },
      schedule: { every: 3_600_000 },
    })
    await seed(fleet.databaseUrl)
    shown = await openConsole({ program: program ?? '', address: fleet.address, token: 'test-admin-token-0123456789' })
    await shown.signIn()
  })
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  it('are listed, filtered and scrolled without lag', async () => {
    const { page } = shown
    await shown.visit('/streams')
    await page.getByText(`${streams} streams`, { exact: true }).waitFor()
    await page.locator('.strip-bar').first().waitFor()
    // Only what can be seen is in the page.
    expect(await page.locator('.grid-body > [role=row]').count()).toBeLessThan(60)
    const pauses = page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const lengths: number[] = []
          const observer = new PerformanceObserver((list) => lengths.push(...list.getEntries().map(({ duration }) => duration)))
          observer.observe({ type: 'longtask' })
          const last = () => document.querySelector('.grid-body > [role=row]:last-child')?.textContent ?? ''
          // Pages are read on the way: it goes on until the last stream has come into view.
          const step = () => {
            window.scrollBy(0, 400)
            if (last().startsWith('stream-499')) setTimeout(() => (observer.disconnect(), resolve(lengths)), 200)
            else requestAnimationFrame(step)
          }
          step()
        }),
    )
    expect(Math.max(0, ...(await pauses))).toBeLessThan(longestPauseMs)
    await page.getByText('stream-499').waitFor()
    await page.getByRole('searchbox').fill('stream-123')
    await page.getByText(`1 of ${streams} streams`).waitFor()
  })

  it('are put in another order by the heads of the columns, with the keyboard, in the address and after a reload', async () => {
    const { page } = shown
    await fleet.api.post('/v1/streams/stream-321/start')
    await fleet.api.post('/v1/streams/stream-123/start')
    await fleet.api.call('PATCH', '/v1/streams/stream-123', { schedule: { every: 1_800_000 } })
    await shown.visit('/streams')
    const first = page.locator('.grid-body > [role=row]').first()
    await first.getByRole('link', { name: 'stream-000' }).waitFor()
    const head = (name: string) => page.getByRole('columnheader', { name })
    await head('Next tick').getByRole('button').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/order=nextTick/)
    await expect.poll(async () => await firstTwo(page)).toEqual(['stream-321', 'stream-123'])
    expect(await head('Next tick').getAttribute('aria-sort')).toBe('ascending')
    await page.keyboard.press('Enter')
    await expect.poll(async () => await firstTwo(page)).toEqual(['stream-123', 'stream-321'])
    expect(await head('Next tick').getAttribute('aria-sort')).toBe('descending')
    await page.reload()
    await expect.poll(async () => await firstTwo(page)).toEqual(['stream-123', 'stream-321'])
    await head('changed').getByRole('button').click()
    await page.waitForURL(/order=-changed/)
    await expect.poll(async () => await firstTwo(page)).toEqual(['stream-123', 'stream-321'])
    await head('Stream').getByRole('button').click()
    await first.getByRole('link', { name: 'stream-000' }).waitFor()
    expect(new URL(page.url()).search).toBe('')
    expect(await violationsOf(page)).toEqual([])
  })

  it('keep the cursor in the search field while somebody types', async () => {
    const { page } = shown
    await shown.visit('/streams')
    await page.getByText(`${streams} streams`, { exact: true }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('stream-45', { delay: 60 })
    await page.getByText(`10 of ${streams} streams`).waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toBe('stream-45')
    expect(new URL(page.url()).search).toBe('?q=stream-45')
  })

  it('come with their last runs in the answer that lists them, and are changed together by their filter', async () => {
    const { page } = shown
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await shown.visit('/streams?q=stream-4')
    await page.getByText(`100 of ${streams} streams`).waitFor()
    await page.locator('.strip-bar').first().waitFor()
    expect(asked.filter((path) => path.endsWith('/runs'))).toEqual([])
    await page.getByRole('button', { name: 'Select all 100' }).click()
    await page.getByRole('region', { name: 'Selected streams' }).getByRole('button', { name: 'Change' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('100 streams', { exact: true }).waitFor()
    await dialog.getByLabel('Pool of workers').fill('slow')
    await dialog.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('Done after').waitFor()
    const { items } = await fleet.api.get<{ items: readonly { name: string }[] }>('/v1/streams?pool=slow&limit=500')
    expect(items).toHaveLength(100)
    expect(items.every(({ name }) => name.startsWith('stream-4'))).toBe(true)
    await shown.visit('/operations')
    await page.getByRole('button', { name: 'Change 100 streams', exact: true }).click()
    await page.getByRole('region', { name: 'Operations' }).getByText('Done after').waitFor()
  })

  it('a stream with all of the runs opens at once, and shows earlier ones page by page', async () => {
    const { page } = shown
    await shown.visit('/streams/stream-000')
    await page.locator('.timeline-entry').nth(99).waitFor()
    await page.getByRole('button', { name: 'Earlier runs' }).click()
    await page.locator('.timeline-entry').nth(199).waitFor()
    await shown.visit('/')
    await page.getByText(/runs and .* documents a minute/).waitFor()
    expect(shown.complaints).toEqual([])
  })
})

/** Names in the first two rows of the list. */
const firstTwo = async (page: Page): Promise<readonly string[]> =>
  await page.locator('[data-index="0"] .grid-name a, [data-index="1"] .grid-name a').allTextContents()

/** Copies of the one stream, and runs of it that have all ended: half of them its own, half of them spread over the others. */
async function seed(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(
      `with copied as (
         insert into weaver.streams (id, name, adapter, every)
         select gen_random_uuid(), 'stream-' || lpad(n::text, 3, '0'), adapter, every
         from weaver.streams, generate_series(1, $1) n where name = 'stream-000' returning id)
       insert into weaver.stream_versions (stream_id, version, transform_version, spec)
       select copied.id, 1, 1, v.spec from copied, weaver.stream_versions v`,
      [streams - 1],
    )
    // Ids begin with their time, as those of the ledger do: lists are in the order of ids.
    await client.query(
      `with numbered as (select id, name, row_number() over (order by name) - 1 as place from weaver.streams),
         times as (select n, now() - (interval '1 minute' * n) as at from generate_series(1, $1) n)
       insert into weaver.runs (id, stream_id, stream_version, trigger, tick, state, created_at, started_at, fetched_at, finished_at,
         attempt, epoch, pages, documents, error)
       select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || substr(md5(n::text), 1, 15))::uuid,
         numbered.id, 1, 'schedule', at, case when n % 17 = 0 then 'failed' else 'succeeded' end, at, at, at, at + interval '1 second' * (n % 7),
         1, 1, 1, n % 50, case when n % 17 = 0 then '{"code":"source_unavailable","origin":"source","message":"the source answered 503"}'::jsonb end
       from times join numbered on numbered.place = case when n % 2 = 0 then 0 else n % $2 end`,
      [runs, streams],
    )
  } finally {
    await client.end()
  }
}
