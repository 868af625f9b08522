import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { type TemporaryFolder, temporaryFolder } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyRepository } from '../../test/repository-copy.ts'
import { weaver } from '../../test/weaver.ts'

let folder: TemporaryFolder
let root: string
beforeAll(async () => {
  folder = await temporaryFolder('cli-init')
  root = folder.join('data-weaver')
  await copyRepository(root)
})
afterAll(() => folder.remove())

const run = (...args: string[]) => weaver(args, { cwd: root, root })
const registry = () => readFile(`${root}/packages/adapters/src/registry.ts`, 'utf8')

describe('init', () => {
  it('adds an adapter to the explicit list, in its place, under a name that code can have', async () => {
    const before = await registry()
    expect(await run('adapter', 'init', 'new')).toMatchObject({ status: 0 })
    expect(await run('adapter', 'init', 'met-office', '--live')).toMatchObject({ status: 0 })
    const after = await registry()
    const added = after.split('\n').filter((line) => !before.includes(line) && line.startsWith('import'))
    expect(added).toEqual(["import { metOffice } from '../met-office/index.ts'", "import { newAdapter } from '../new/index.ts'"])
    const imports = after.split('\n').filter((line) => line.endsWith("/index.ts'"))
    expect(imports).toEqual(imports.toSorted((a, b) => ((a.split("'")[1] ?? '') < (b.split("'")[1] ?? '') ? -1 : 1)))
    const listed =
      /adapters: readonly Adapter\[] = \[([^\]]*)\]/
        .exec(after)?.[1]
        ?.split(',')
        .map((name) => name.trim()) ?? []
    expect(listed.filter((name) => name !== '')).toEqual(expect.arrayContaining(['iqair', 'metOffice', 'newAdapter']))
    for (const id of ['new', 'met-office']) expect(await run('adapter', 'test', id, '--fixtures-only')).toMatchObject({ status: 0 })
    expect(await readFile(`${root}/packages/adapters/met-office/index.ts`, 'utf8')).not.toMatch(/my-?source|@data-weaver\/adapters/i)
  })

  it('makes one that follows a stream over gRPC, inside and outside', async () => {
    expect(await run('adapter', 'init', 'levels', '--grpc')).toMatchObject({ status: 0 })
    expect(await run('adapter', 'test', 'levels')).toMatchObject({ status: 0 })
    expect(await run('adapter', 'init', 'tide-levels', '--grpc', '--outside', '--folder', folder.join('levels'))).toMatchObject({
      status: 0,
    })
    // The package has no dependencies: what it is made of is lent to it.
    expect(await run('adapter', 'test', folder.join('levels'))).toMatchObject({ status: 0 })
    const both = await run('adapter', 'init', 'both', '--grpc', '--live')
    expect([both.status, both.err]).toEqual([2, expect.stringContaining('two templates')])
  })

  it('takes no id and no folder from others', async () => {
    const before = await registry()
    const taken = await run('adapter', 'init', 'iqair')
    expect([taken.status, taken.err]).toEqual([
      1,
      expect.stringMatching(/^name_taken: .+\n {2}iqair is there already\n {4}Choose another id/),
    ])
    await mkdir(folder.join('mine'))
    await writeFile(folder.join('mine/notes.txt'), 'of mine')
    const full = await run('adapter', 'init', 'tides', '--folder', folder.join('mine'))
    expect([full.status, full.err]).toEqual([1, expect.stringContaining('is there already')])
    expect(await registry()).toBe(before)
  })

  it('knows inside from outside', async () => {
    const mixed = await run('adapter', 'init', 'tides', '--outside', '--folder', 'packages/adapters/tides')
    expect([mixed.status, mixed.err]).toEqual([2, expect.stringContaining('A folder of packages/adapters is not outside.')])
    const renamed = await run('adapter', 'init', 'tides', '--folder', 'packages/adapters/ebb')
    expect([renamed.status, renamed.err]).toEqual([2, expect.stringContaining('must be called tides')])
    // A folder elsewhere is a package, also without being told.
    expect(await run('adapter', 'init', 'tides', '--folder', folder.join('elsewhere'))).toMatchObject({ status: 0 })
    expect(JSON.parse(await readFile(folder.join('elsewhere/package.json'), 'utf8'))).toMatchObject({
      name: 'weaver-adapter-tides',
      dataWeaver: { port: 1 },
    })
    expect(await run('adapter', 'test', folder.join('elsewhere'), '--fixtures-only')).toMatchObject({ status: 0 })
  })

  it('an adapter with a mistake in its code is reported like one', async () => {
    expect(await run('adapter', 'init', 'typo')).toMatchObject({ status: 0 })
    const path = `${root}/packages/adapters/typo/records.ts`
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('export function nextOf', 'function nextOf'))
    const broken = await run('adapter', 'test', 'typo')
    expect([broken.status, broken.out]).toEqual([1, ''])
    expect(broken.err).toMatch(/typo\/index\.ts:\d+[\s\S]*does not provide an export named 'nextOf'/)
    await writeFile(path, text)
  })
})
