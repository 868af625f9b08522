import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FieldProblem } from '@data-weaver/contracts'
import { spawnNode, type TemporaryFolder, temporaryFolder } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { builtIn } from './registry.ts'

let folder: TemporaryFolder
beforeEach(async () => {
  folder = await temporaryFolder('outside')
})
afterEach(() => folder.remove())

interface Loaded {
  readonly ids?: readonly string[]
  readonly origins?: readonly object[]
  readonly thrown?: readonly unknown[]
  readonly byName?: readonly string[]
  readonly code?: string
  readonly errors?: readonly FieldProblem[]
}

/** In a process of its own: what a process has loaded stays in it. */
async function load(...names: readonly string[]): Promise<Loaded> {
  await using child = spawnNode(new URL('fixtures/load-outside.ts', import.meta.url), { args: [names.join(','), folder.path] })
  const { code } = await child.exited
  expect(code, child.output()).toBe(0)
  // Beside a warning of Node's, when types had to be taken out.
  return JSON.parse((await child.line(/^\{.*\}$/))[0]) as Loaded
}

async function write(path: string, content: string | object): Promise<string> {
  await mkdir(dirname(folder.join(path)), { recursive: true })
  await writeFile(folder.join(path), typeof content === 'string' ? content : JSON.stringify(content))
  return dirname(folder.join(path))
}

/** A package in the folder's `node_modules`, or somewhere else, whose main file is this. */
async function packageOf(name: string, code: string, manifest: object = {}, place = `node_modules/${name}`): Promise<string> {
  const whole = { name, version: '1.2.3', type: 'module', exports: './index.js', dataWeaver: { port: 1 }, ...manifest }
  await write(`${place}/${whole.exports.replace(/^\.\//, '')}`, code)
  return await write(`${place}/package.json`, whole)
}

const adapterCode = (id: string, more = '') => `{
  id: '${id}', summary: 'Tides of a harbour.', mode: 'poll', example: { harbour: 'Brest' },
  config: { type: 'object', properties: { harbour: { type: 'string' } }, required: ['harbour'], additionalProperties: false },
  secrets: { type: 'object', properties: {}, additionalProperties: false },
  async *pages() {}, *records() { throw new WeaverError('source_malformed', 'no tides') }, ${more}
}`
const code = (id: string, more?: string) =>
  `import { WeaverError } from '@data-weaver/contracts'\nexport default ${adapterCode(id, more)}\n`

describe('adapters from outside', () => {
  it('are loaded from packages and folders, beside those of the repository', async () => {
    await packageOf('weaver-adapter-tides', code('tides'))
    await packageOf('@harbour/buoys', code('buoys').replace('export default', 'export const adapter ='))
    const elsewhere = await packageOf(
      'many',
      `import { WeaverError } from '@data-weaver/contracts'\nexport const adapters = [${adapterCode('ebb')}, ${adapterCode('flood')}]`,
      {},
      'elsewhere/many',
    )
    const found = await load('weaver-adapter-tides', '@harbour/buoys', elsewhere)
    expect(found.ids).toEqual([...builtIn.all.map(({ adapter }) => adapter.id), 'tides', 'buoys', 'ebb', 'flood'].toSorted())
    expect(found.origins).toContainEqual({
      kind: 'package',
      package: 'weaver-adapter-tides',
      version: '1.2.3',
      folder: folder.join('node_modules/weaver-adapter-tides'),
    })
    expect(found.byName).toEqual(['buoys', 'ebb', 'flood', 'tides'])
  })

  it('throw errors of the class of the process that loads them, whatever copy of the port they have', async () => {
    await packageOf('weaver-adapter-tides', code('tides'))
    const copy = 'export class WeaverError extends Error {}'
    await packageOf('@data-weaver/contracts', copy, {}, 'node_modules/weaver-adapter-tides/node_modules/@data-weaver/contracts')
    expect((await load('weaver-adapter-tides')).thrown).toEqual(['our source_malformed'])
  })

  it('may be TypeScript in a folder, in a linked one, and in a package that is installed', async () => {
    const place = await packageOf(
      'typed',
      code('typed').replace('export default', 'const typed: object =').concat('export default typed'),
      { exports: './index.ts' },
      'typed',
    )
    expect((await load(place)).ids).toContain('typed')
    await mkdir(folder.join('node_modules'))
    await symlink(place, folder.join('node_modules/typed'))
    expect((await load('typed')).ids).toContain('typed')
    await packageOf(
      'installed',
      code('installed').replace('export default', 'const installed: object =').concat("export default installed; import './more.ts'"),
      { exports: './index.ts' },
    )
    await write('node_modules/installed/more.ts', 'const level: number = 1 satisfies number\n')
    expect((await load('installed')).ids).toContain('installed')
  })

  it('may take the schemas and the kit of the process', async () => {
    const place = await packageOf(
      'kit-user',
      `import Type from 'typebox'
import { WeaverError } from '@data-weaver/contracts'
import { decodeJson } from '@data-weaver/adapters/kit'
export default { ...${adapterCode('kit-user')}, config: Type.Object({ harbour: Type.String() }), *records(page) { yield decodeJson(page.body) } }`,
      {},
      'kit-user',
    )
    expect((await load(place)).thrown).toEqual(['our source_malformed'])
  })

  it('are found by `main`, by conditions, and by the port that the adapter itself names', async () => {
    await write('node_modules/by-main/lib/index.js', code('by-main'))
    await write('node_modules/by-main/package.json', { name: 'by-main', type: 'module', main: 'lib/index.js', dataWeaver: { port: 1 } })
    await write('node_modules/by-condition/right.js', code('by-condition', 'port: 1,'))
    await write('node_modules/by-condition/package.json', {
      name: 'by-condition',
      type: 'module',
      exports: { '.': { types: './no.d.ts', require: './no.cjs', import: { browser: './no.js', default: './right.js' } } },
    })
    expect((await load('by-main', 'by-condition')).ids).toEqual(expect.arrayContaining(['by-main', 'by-condition']))
  })

  it('none are named: all is as it was', async () => {
    expect((await load('')).ids).toEqual(builtIn.all.map(({ adapter }) => adapter.id))
    expect((await load(' ', ' ')).origins).toEqual([])
  })
})

/** Each package with what is said of it: the problem, and a part of the way out. */
const refused: readonly (readonly [what: string, make: () => Promise<string>, problem: string, hint: string])[] = [
  ['not installed', async () => 'weaver-adapter-nowhere', 'is not installed', 'add -w weaver-adapter-nowhere'],
  ['no name', async () => './tides', 'is neither the name of a package nor an absolute folder', '/srv/adapters/'],
  ['no folder', async () => folder.join('nowhere'), 'is no folder with a package.json', 'nowhere/package.json'],
  ['a broken manifest', () => write('broken/package.json', '{"name":'), 'has a package.json that cannot be read: ', 'broken/package.json'],
  [
    'another port',
    () => packageOf('newer', code('newer'), { dataWeaver: { port: 2 } }),
    'is written for version 2 of the port, and this is version 1',
    'Take a version of it that is for port 1',
  ],
  [
    'another port, said by the adapter',
    () => packageOf('newest', code('newest', 'port: 3,')),
    'has an adapter "newest" that is written for version 3 of the port',
    'for port 1',
  ],
  [
    'no port',
    () => packageOf('portless', code('portless'), { dataWeaver: undefined }),
    'does not say which version of the port it is for',
    '"dataWeaver": { "port": 1 }',
  ],
  ['no adapter', () => packageOf('empty', 'export const answer = 42'), 'exports no adapter', 'export default adapter'],
  ['code that throws', () => packageOf('throws', "throw new Error('no luck today')"), 'cannot be loaded: no luck today', 'index.js'],
  [
    'a missing dependency',
    () => packageOf('lacks', "import 'nowhere-to-be-found'"),
    "cannot be loaded: Cannot find package 'nowhere-to-be-found'",
    'Install what it depends on',
  ],
  [
    'an id that is taken',
    () => packageOf('other-air', code('iqair')),
    'has an adapter "iqair", and that id is taken by one of Data Weaver',
    'Rename one',
  ],
  ['an id that is none', () => packageOf('loud', code('LOUD')), 'has an adapter "LOUD" that has no valid `id`', 'small letters'],
  [
    'a schema that is no object',
    () => packageOf('flat', code('flat', "config: { type: 'string' },")),
    'has an adapter "flat" that has a `config` that is no schema of an object',
    'Type.Object',
  ],
  [
    'a schema that is none',
    () => packageOf('odd', code('odd', "config: { type: 'object', properties: { a: { type: 'tide' } } },")),
    'has an adapter "odd" that has a `config` that is no JSON Schema',
    'Type.Object',
  ],
  [
    'an example that is refused',
    () => packageOf('wrong', code('wrong', 'example: {},')),
    'has an `example` that its own schema refuses: config.harbour is missing',
    'valid configuration',
  ],
  [
    'no records',
    () => packageOf('deaf', code('deaf', 'records: undefined,')),
    'has an adapter "deaf" that has no function `records`',
    '@data-weaver/contracts',
  ],
  ['a third mode', () => packageOf('slow', code('slow', "mode: 'slow',")), 'has an adapter "slow" that has no `mode`', 'live'],
]

it('what cannot be used is refused, all of it at once, with the package, the problem and the way out', async () => {
  const names: string[] = []
  for (const [, make] of refused) names.push(await make())
  const { code: status, errors = [] } = await load(...names)
  expect(status).toBe('invalid_settings')
  for (const [index, [what, , problem, hint]] of refused.entries()) {
    const said = errors.filter((error) => error.problem.startsWith(`names ${JSON.stringify(names[index])}, which `))
    expect(said, `${what}: ${JSON.stringify(errors, null, 1)}`).toHaveLength(1)
    expect(said[0]?.field).toBe('WEAVER_ADAPTERS')
    expect(said[0]?.problem, what).toContain(problem)
    expect(said[0]?.hint, what).toContain(hint)
  }
  expect(errors).toHaveLength(refused.length)
})

it('two packages with the same id are refused', async () => {
  const one = await packageOf('one', code('twin'))
  const other = await packageOf('other', code('twin'))
  const { errors } = await load(one, other)
  expect(errors).toMatchObject([
    { problem: `names ${JSON.stringify(other)}, which has an adapter "twin", and that id is taken by the package one` },
  ])
  expect(join(folder.path, 'node_modules/other')).toBe(other)
})
