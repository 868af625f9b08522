import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { requireServer, spawnNode } from '@data-weaver/testkit'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** The browser of the system, or undefined where it is not installed. */
export const findChromium = (): Promise<string | undefined> => requireServer('chromium')

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
]
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const builder = fileURLToPath(new URL('../../services/standalone/src/console/main.ts', import.meta.url))

/** Longest wait for something to show, milliseconds. */
const patience = 20_000

export interface ConsolePage extends AsyncDisposable {
  readonly page: Page
  /** Errors of scripts, and what the policy of the page refused. */
  readonly complaints: readonly string[]
  /** Goes to an address of the console and waits for its heading. */
  visit(path: string): Promise<void>
  signIn(): Promise<void>
}

export interface ConsoleOptions {
  readonly program: string
  readonly address: string
  readonly token: string
  readonly context?: BrowserContextOptions
}

/** Builds the console if what is there is older than its sources, as a start does. */
export async function buildConsole(): Promise<void> {
  const { code } = await spawnNode(builder).exited
  if (code !== 0 && code !== 10) throw new Error(`the console cannot be built: ${builder} ended with ${code}`)
}

/** A browser of its own, with one page. */
export async function openConsole({ program, address, token, context }: ConsoleOptions): Promise<ConsolePage> {
  const browser = await chromium.launch({ executablePath: program, args: flags })
  const within = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...context })
  within.setDefaultTimeout(patience)
  const page = await within.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  // What the server refuses shows in the page; here only what the page itself does wrong is of interest.
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  return {
    page,
    complaints,
    async visit(path) {
      await page.goto(`${address}${path}`)
      await page.locator('main h1').waitFor()
    },
    async signIn() {
      await page.goto(address)
      await page.getByLabel('Admin token').fill(token)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

/** What axe finds wrong with the page as it is shown now: rule and places. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  // Run in the page past its policy, which allows no code from elsewhere.
  const session = await page.context().newCDPSession(page)
  const evaluate = async (expression: string) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value as unknown
  }
  try {
    await evaluate(`${axe}; undefined`)
    const found = await evaluate(
      `axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(' | ')))`,
    )
    return found as string[]
  } finally {
    await session.detach()
  }
}

/** Pixels by which the page is wider than the window. */
export const overflowOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
