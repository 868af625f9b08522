import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { edges } from '../../scripts/repository/layers.ts'
import { type RepositoryRule, repositoryRules } from '../../scripts/repository/rules.ts'
import { readTree, type TextFile } from '../../scripts/repository/tree.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tree = await readTree(root)

describe('the repository', () => {
  it('is read', () => {
    const paths = tree.map(({ path }) => path)
    expect(paths).toContain('package.json')
    expect(paths).toContain('packages/contracts/src/clock.ts')
  })

  it.each(Object.entries(repositoryRules))('%s', (_, rule) => {
    expect(rule(tree)).toEqual([])
  })
})

/** Rules by a word of their title. */
function rule(words: string): RepositoryRule {
  const found = Object.entries(repositoryRules).filter(([title]) => title.includes(words))
  expect(found, words).toHaveLength(1)
  return found[0]?.[1] ?? (() => [])
}

const file = (path: string, text = ''): TextFile => ({ path, text })
const manifest = (more: object) =>
  JSON.stringify({ name: '@data-weaver/vault', private: true, license: 'MIT', type: 'module', version: '1.2.3', ...more })
// In parts, so that a search for what is banned does not find its test.
const inParts = (...parts: string[]) => parts.join('')

describe('each rule finds what it is for', () => {
  it('long files', () => {
    const judge = rule('lines')
    expect(judge([file('a/long.ts', 'x\n'.repeat(401)), file('a/fits.ts', 'x\n'.repeat(400))])).toEqual(['a/long.ts has 401 lines'])
    expect(judge([file('migrations/0000_first.sql', 'x\n'.repeat(900)), file('docs/long.md', 'x\n'.repeat(900))])).toEqual([])
  })

  it('migrations that workers of the release before stumble over', () => {
    const judge = rule('workers of the release before')
    const migration = (text: string) => judge([file('migrations/0007_next.sql', text)])
    for (const harmless of [
      'ALTER TABLE "weaver"."runs" ADD COLUMN "note" text;',
      `ALTER TABLE "weaver"."runs" ADD COLUMN "n" integer DEFAULT 0 NOT NULL;`,
      'ALTER TABLE "weaver"."runs" ALTER COLUMN "tick" DROP NOT NULL;',
      'DROP INDEX "weaver"."runs_due";',
      'CREATE TABLE "weaver"."notes" ("id" int);--> statement-breakpoint\nCREATE UNIQUE INDEX "notes_id" ON "weaver"."notes" USING btree ("id");',
      '-- Workers from before this never read it.\nALTER TABLE "weaver"."runs" DROP COLUMN "note";',
    ])
      expect(migration(harmless), harmless).toEqual([])
    for (const harmful of [
      'ALTER TABLE "weaver"."runs" ADD COLUMN "note" text NOT NULL;',
      'ALTER TABLE "weaver"."runs" DROP COLUMN "tick";',
      'DROP TABLE "weaver"."runs";',
      'ALTER TABLE "weaver"."runs" RENAME COLUMN "tick" TO "at";',
      'ALTER TABLE "weaver"."runs" ALTER COLUMN "tick" SET DATA TYPE text;',
      'ALTER TABLE "weaver"."runs" ALTER COLUMN "tick" SET NOT NULL;',
      'CREATE UNIQUE INDEX "runs_at" ON "weaver"."runs" USING btree ("tick");',
      'ALTER TABLE "weaver"."runs" ADD CONSTRAINT "runs_at" UNIQUE("tick");',
    ])
      expect(migration(harmful), harmful).toHaveLength(1)
    expect(judge([file('migrations/0000_first.sql', 'DROP TABLE "weaver"."runs";')])).toEqual([])
  })

  it.each(['src/utils.ts', 'src/helpers/time.ts', 'packages/common/package.json', 'src/types.ts', 'src/misc.test.ts'])(
    'the name %s',
    (path) => {
      const expected = path === 'src/misc.test.ts' ? [] : [`${path} has a name that fits anything`]
      expect(rule('names of folders')([file(path), file('src/clock.ts')])).toEqual(expected)
    },
  )

  it.each([
    inParts('// TO', 'DO: later'),
    inParts('// FIX', 'ME'),
    inParts("throw new Error('not imple", "mented')"),
    inParts('// @ts-ig', 'nore'),
    inParts('const a = b as a', 'ny'),
    inParts('// oxlint-dis', 'able-next-line'),
    inParts('// eslint-dis', 'able no-console'),
  ])('%s', (line) => {
    const found = rule('left for later')([file('src/a.ts', `const a = 1\n${line}\n`)])
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^src\/a\.ts:2 /)
  })

  it.each([
    inParts('see /wo', 'rk/main/x'),
    inParts('https://registry.npm', 'js.org/x'),
    inParts('deb.deb', 'ian.org'),
    inParts('py', 'pi.org'),
  ])('%s', (line) => {
    const judge = rule('machine')
    expect(judge([file('docs/a.md', line)])).toEqual(['docs/a.md:1 names a folder of one machine or the host of a registry'])
    expect(judge([file('pnpm-lock.yaml', line), file('docs/b.md', 'the workers and their homework')])).toEqual([])
  })

  it('packages outside the layers', () => {
    const judge = (more: object, path = 'packages/vault/package.json') =>
      rule('packages')([file('package.json', '{"version": "1.2.3"}'), file(path, manifest(more))])
    expect(judge({ dependencies: { '@data-weaver/contracts': 'workspace:*', pg: 'catalog:' } })).toEqual([])
    expect(judge({ dependencies: { '@data-weaver/ledger': 'workspace:*' } })).toEqual([
      'packages/vault/package.json may not depend on @data-weaver/ledger',
    ])
    expect(judge({ devDependencies: { '@data-weaver/ledger': 'workspace:*' } })).toEqual([])
    expect(judge({ dependencies: { pg: '^8.0.0' } })).toEqual(['packages/vault/package.json has pg at ^8.0.0 instead of catalog:'])
    expect(judge({ name: 'vault' })).toEqual(['packages/vault/package.json should be named @data-weaver/vault'])
    expect(judge({ name: '@data-weaver/new' }, 'packages/new/package.json')).toHaveLength(1)
    expect(judge({ version: '1.2.2' })).toEqual(['packages/vault/package.json should have the version 1.2.3'])
    const service = { name: '@data-weaver/worker', dependencies: { '@data-weaver/supervisor': 'workspace:*' } }
    expect(judge(service, 'services/worker/package.json')).toEqual([
      'services/worker/package.json may not depend on @data-weaver/supervisor',
    ])
  })

  it('names in pages that nothing has any more', () => {
    const api = JSON.stringify({ paths: { '/v1/streams/{id}': { get: {} }, '/v1/runs': { get: {}, post: {} } } })
    const judge = (text: string, path = 'docs/a.md') =>
      rule('what pages name')([
        file(path, text),
        file('docs/openapi.json', api),
        file('packages/vault/src/vault.test.ts', "'WEAVER_PORT WEAVER_TOKEN'"),
      ])
    const fine = [
      'packages/vault',
      'packages/vault/src/vault.test.ts',
      'vault.test.ts',
      'GET /v1/streams/air?x=1',
      'POST /v1/runs',
      'a/b.ts',
    ]
    expect(judge(fine.map((name) => `\`${name}\``).join(' '))).toEqual([])
    expect(judge('```sh\nexport WEAVER_PORT=1 WEAVER_TOKEN_FILE=x\n```')).toEqual([])
    expect(judge('```sh\nexport WEAVER_PRT=1\n```')).toEqual(['docs/a.md:2 names `WEAVER_PRT`, which nothing reads'])
    expect(judge('`packages/valt`')).toEqual(['docs/a.md:1 names `packages/valt`, which is not there'])
    expect(judge('\n`ault.test.ts`')).toEqual(['docs/a.md:2 names `ault.test.ts`, a test that is not there'])
    expect(judge('`PUT /v1/runs`, `GET /v1/streams/a/b`')).toEqual([
      'docs/a.md:1 names `PUT /v1/runs`, which the API does not have',
      'docs/a.md:1 names `GET /v1/streams/a/b`, which the API does not have',
    ])
    expect(judge('`packages/mine/index.ts`', 'docs/tutorials/mine.md')).toEqual([])
  })

  it('packages that the architecture does not name, or names twice', () => {
    const judge = (...rows: string[]) =>
      rule('the architecture')([
        file('docs/architecture.md', rows.map((row) => `| \`${row}\` | it |`).join('\n')),
        file('packages/vault/package.json'),
      ])
    expect(judge('packages/vault', 'docs')).toEqual([])
    expect(judge('docs')).toEqual(['docs/architecture.md does not say what is in packages/vault'])
    expect(judge('packages/vault', 'packages/vault')).toEqual(['docs/architecture.md says twice what is in packages/vault'])
  })

  it('links that lead nowhere', () => {
    const judge = (text: string) =>
      rule('links')([file('docs/a.md', text), file('docs/b.md', '# B\n\n## Two words, and `code`\n'), file('src/x.ts')])
    expect(judge('[b](b.md) [up](../src/x.ts) [folder](../src) [web](https://example.com) [t](b.md#two-words-and-code)')).toEqual([])
    expect(judge('`[no](link.md)`\n```\n[no](link.md)\n```\n')).toEqual([])
    expect(judge('[c](c.md)')).toEqual(['docs/a.md:1 links to `c.md`, which is not there'])
    expect(judge('\n[b](/docs/b.md)')).toEqual(['docs/a.md:2 links to `/docs/b.md`: links inside the repository are relative'])
    expect(judge('[b](b.md#three)')).toEqual(['docs/a.md:1 links to `b.md#three`: there is no such heading'])
    expect(judge('[b]: ./c.md')).toEqual(['docs/a.md:1 links to `./c.md`, which is not there'])
  })

  it('gaps between decisions', () => {
    const judge = rule('decisions')
    const first = file('docs/adr/0001-one.md', '# 1. One\n')
    expect(judge([first, file('docs/adr/0002-two.md', '# 2. Two\n'), file('docs/adr/README.md')])).toEqual([])
    expect(judge([first, file('docs/adr/0003-two.md', '# 3. Two\n')])).toEqual(['docs/adr/0003-two.md should have the number 2'])
    expect(judge([first, file('docs/adr/0002-two.md', '# Two\n')])).toEqual(['docs/adr/0002-two.md:1 does not begin with `# 2. Title`'])
    expect(judge([file('docs/adr/one.md')])).toEqual(['docs/adr/one.md is not called like 0001-some-title.md'])
  })
})

describe('the table of layers', () => {
  it('has no circle', () => {
    const below = (folder: string, path: string[] = []): string[] => {
      expect(path, [...path, folder].join(' → ')).not.toContain(folder)
      return (edges[folder] ?? []).filter((to) => to !== 'packages/*').flatMap((to) => [to, ...below(to, [...path, folder])])
    }
    for (const folder of Object.keys(edges)) expect(below(folder)).not.toContain(folder)
  })

  it('lets contracts import nothing, and nobody import a service', () => {
    expect(edges['packages/contracts']).toEqual([])
    expect(
      Object.values(edges)
        .flat()
        .filter((to) => to.startsWith('services/')),
    ).toEqual([])
  })
})

describe('reading a tree', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weaver-tree-'))
    await mkdir(join(folder, 'src'))
    await mkdir(join(folder, 'node_modules'))
    await writeFile(join(folder, 'src/a.ts'), 'a')
    await writeFile(join(folder, 'src/ignored.log'), 'b')
    await writeFile(join(folder, 'binary.png'), Buffer.from([1, 0, 2]))
    await writeFile(join(folder, 'node_modules/b.ts'), 'c')
    await writeFile(join(folder, '.gitignore'), 'node_modules\n*.log\n')
    await symlink('src', join(folder, 'linked'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('takes what git knows or would add', async () => {
    await promisify(execFile)('git', ['init', '-q'], { cwd: folder })
    expect((await readTree(folder)).map(({ path }) => path)).toEqual(['.gitignore', 'binary.png', 'src/a.ts'])
  })

  it('takes the source folders where there is no git', async () => {
    expect((await readTree(folder)).map(({ path }) => path)).toEqual(['.gitignore', 'binary.png', 'src/a.ts', 'src/ignored.log'])
  })

  it('knows of a picture that it is there, and no more', async () => {
    expect((await readTree(folder)).find(({ path }) => path === 'binary.png')?.text).toBe('')
  })
})
