import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addCounts, countsLine } from '../../scripts/test-counts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weaver-summary-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `export default { test: { reporters: ['default', ${JSON.stringify(join(root, 'test/summary-reporter.ts'))}] } }`,
  )
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const begin = "import { beforeAll, describe, expect, it } from 'vitest'\n"

async function run(files: Record<string, string>, env: Record<string, string> = {}): Promise<{ status: number | null; lines: string[] }> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), begin + text)
  const { PATH = '', HOME = '' } = process.env
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run'], {
    cwd: folder,
    env: { PATH, HOME, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, lines: stdout.trimEnd().split('\n') }
}

describe('the summary of a test run', () => {
  it('is the last line, plain', async () => {
    const { status, lines } = await run({ 'a.test.ts': "it('a', () => expect(1).toBe(1))\nit('b', () => expect(1).toBe(1))" })
    expect(lines.at(-1)).toBe('2 passed, 0 failed')
    expect(status).toBe(0)
  })

  it('counts what failed, what was skipped, files that do not load, hooks, and errors outside of tests', async () => {
    const { status, lines } = await run({
      'a.test.ts': "it('a', () => expect(1).toBe(1))\nit('b', () => expect(1).toBe(2))\nit.skipIf(true)('c', () => expect(1).toBe(2))",
      'load.test.ts': "throw new Error('on purpose')",
      'hook.test.ts': "describe('x', () => { beforeAll(() => { throw new Error('on purpose') })\nit('d', () => expect(1).toBe(1)) })",
      'loose.test.ts':
        "it('e', async () => { void Promise.reject(new Error('on purpose')); await new Promise(setImmediate); expect(1).toBe(1) })",
    })
    expect(lines.at(-1)).toBe('2 passed, 4 failed, 2 skipped')
    expect(status).toBe(1)
  })

  it('goes to a file when several runs make one line', async () => {
    const counts = join(folder, 'counts')
    const one = { 'a.test.ts': "it('a', () => expect(1).toBe(1))" }
    for (let runs = 0; runs < 2; runs++) {
      const { lines } = await run(one, { WEAVER_TEST_COUNTS: counts })
      expect(lines.join('\n')).not.toMatch(/passed, /)
    }
    expect(countsLine(addCounts(await readFile(counts, 'utf8')))).toBe('2 passed, 0 failed')
  })
})
