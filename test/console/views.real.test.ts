import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsOf, type Fleet, runEnds, runsOf, startFleet } from '../e2e/fleet.ts'
import { json, type Source, startSource } from '../e2e/source.ts'
import { buildConsole, type ConsolePage, findChromium, openConsole, overflowOf, violationsOf } from './browser.ts'

const program = await findChromium()
const token = 'test-admin-token-0123456789'

describe.skipIf(program === undefined)('every view', () => {
  let source: Source
  let fleet: Fleet
  let views: Readonly<Record<string, string>>
  beforeAll(async () => {
    await buildConsole()
    source = await startSource((_request, response, url) => {
      if (url.pathname === '/refuses') json(response, { message: 'no' }, 401)
      // The second has no key, so it becomes a dead letter.
      else
        json(response, {
          items: [{ id: 'a', author: 'Ada', content: 'Hello <b>there</b>', at: '2026-03-05T15:56:20Z' }, { author: 'nobody' }],
        })
    })
    fleet = await startFleet()
    for (const name of ['posts', 'refuses']) {
      await fleet.api.post('/v1/streams', {
        name,
        adapter: 'http',
        config: { request: { url: `${source.url}/${name}` }, records: { path: 'items' }, primaryKey: ['id'] },
        schedule: { every: 3_600_000 },
      })
      await fleet.api.call('PATCH', `/v1/streams/${name}`, { timeout: 20_000 })
      await fleet.api.post(`/v1/streams/${name}/start`)
    }
    await runEnds(fleet.api, 'refuses', ['failed'])
    const run = await runEnds(fleet.api, 'posts', ['partial'])
    const [document] = await documentsOf(fleet.api, 'posts')
    const [failed] = await runsOf(fleet.api, 'refuses')
    views = {
      overview: '/',
      streams: '/streams',
      stream: '/streams/posts',
      ticks: '/streams/posts?tab=ticks',
      configuration: '/streams/posts?tab=configuration&version=2',
      edit: '/streams/posts/edit',
      'new stream': '/streams/new?adapter=http',
      run: `/runs/${run.id}`,
      'failed run': `/runs/${failed?.id}`,
      result: `/results/${document?.lineage.resultId}`,
      'result as text': `/results/${document?.lineage.resultId}?show=text`,
      'result as bytes': `/results/${document?.lineage.resultId}?show=bytes`,
      documents: '/documents?q=hello',
      'no documents': '/documents?q=nothing-like-it',
      document: `/documents/${encodeURIComponent(document?.id ?? '')}`,
      live: '/live',
      'dead letters': '/dead-letters',
      operations: '/operations',
      workers: '/workers',
      adapters: '/adapters',
      adapter: '/adapters/http',
      'a stream that is not there': '/streams/gone',
      'an address that leads nowhere': '/nowhere/at/all',
    }
  })
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    await source?.[Symbol.asyncDispose]()
  })

  const open = async (colorScheme: 'light' | 'dark', width: number): Promise<ConsolePage> => {
    const viewport = { width, height: 800 }
    const shown = await openConsole({ program: program ?? '', address: fleet.address, token, context: { viewport, colorScheme } })
    await shown.signIn()
    return shown
  }

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
  ] as const)('has no violation of the rules of axe and fits, %s at %i pixels', async (scheme, width) => {
    await using shown = await open(scheme, width)
    const found: Record<string, readonly string[]> = {}
    const tooWide: Record<string, number> = {}
    for (const [name, path] of Object.entries(views)) {
      await shown.page.goto(`${fleet.address}${path}`)
      await shown.page.locator('h1, [role=alert]').first().waitFor()
      await shown.page.getByText('Loading…').first().waitFor({ state: 'detached' })
      const violations = await violationsOf(shown.page)
      if (violations.length > 0) found[name] = violations
      const overflow = await overflowOf(shown.page)
      if (overflow > 0) tooWide[name] = overflow
    }
    expect([found, tooWide]).toEqual([{}, {}])
    expect(shown.complaints).toEqual([])
  })

  it('has no violation in the sign-in, the palette, a dialog and a menu', async () => {
    await using shown = await open('light', 1280)
    const { page } = shown
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    await shown.visit('/streams/posts')
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Edit cursor' }).waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.getByRole('menuitem', { name: 'Edit cursor' }).click()
    await page.getByRole('alertdialog').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.getByRole('alertdialog').getByText('nothing of theirs runs now').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Leave it' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin token').waitFor()
    expect(await violationsOf(page)).toEqual([])
  })

  it('can be reached by the keyboard alone', async () => {
    await using shown = await open('light', 1280)
    const { page } = shown
    const goTo = async (words: string, choice: string) => {
      await page.keyboard.press('Control+k')
      await page.locator('[role=combobox]:focus').waitFor()
      await page.keyboard.type(words)
      await page.locator('[role=option][aria-selected=true]', { hasText: choice }).waitFor()
      await page.keyboard.press('Enter')
    }
    await goTo('refuses', 'refusesStream')
    await page.getByRole('heading', { level: 1, name: 'refuses' }).waitFor()
    await page.keyboard.press('/')
    await page.getByRole('heading', { level: 1, name: 'Documents' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('hello')
    await page.waitForURL(/q=hello/)
    await page.locator('.hit').getByRole('link', { name: 'Ada' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Where it comes from' }).waitFor()
    await goTo('streams view', 'StreamsView')
    await page.getByLabel('Select posts').focus()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Pause', exact: true }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('1 stream').waitFor()
    // What does no harm has the focus, and the focus comes back to where it was.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Leave it')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Pause')
  })

  it('keeps its filters in the address, for a reload and for others', async () => {
    await using shown = await open('light', 1280)
    const { page } = shown
    await shown.visit('/streams')
    await page.getByRole('searchbox').fill('ref')
    await page.waitForURL(/q=ref/)
    await page.getByLabel('Condition').selectOption('failing')
    await page.waitForURL(/condition=failing/)
    await page.reload()
    await page.getByText('1 of 2 streams').waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toBe('ref')
    await shown.visit('/dead-letters')
    await page.getByRole('link', { name: 'record_invalid' }).click()
    await page.getByRole('heading', { name: '1 dead letter of posts' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: '1 dead letter of posts' }).waitFor()
  })
})
