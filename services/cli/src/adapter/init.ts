import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { adapterIdPattern, adapters } from '@data-weaver/adapters'
import { WeaverError } from '@data-weaver/contracts'
import { UsageError } from '../failure.ts'
import type { Command } from '../options.ts'

const templates = {
  poll: new URL('../../template/', import.meta.url),
  live: new URL('../../template-live/', import.meta.url),
  grpc: new URL('../../template-grpc/', import.meta.url),
} as const

export const init: Command = {
  usage: 'adapter init <id> [--live | --grpc] [--outside] [--folder path]',
  purpose: 'Makes a new adapter from a template that passes its own tests.',
  options: {
    live: { type: 'boolean', help: 'One that listens to a WebSocket, instead of one that asks page by page.' },
    grpc: { type: 'boolean', help: 'One that follows a stream of messages over gRPC.' },
    outside: { type: 'boolean', help: 'A package of its own, which WEAVER_ADAPTERS can name, instead of a folder of this repository.' },
    folder: { type: 'string', value: 'path', help: 'Where it goes. Default: packages/adapters/<id>, or ./<id> with --outside.' },
  },
  arguments: [1, 1],
  async run(given, surroundings) {
    const { root, cwd, out } = surroundings
    const id = given.positionals[0] ?? ''
    if (!adapterIdPattern.test(id) || id.endsWith('-') || id.includes('--'))
      throw new UsageError(
        `${JSON.stringify(id)} cannot be the id of an adapter.`,
        'An id has small letters, digits and `-`: weather, met-office.',
      )
    if (adapters.some((one) => one.id === id)) throw taken(id, `There is an adapter ${id} already.`)
    if (given.flag('live') && given.flag('grpc'))
      throw new UsageError('--live and --grpc are two templates.', 'Leave one out: --live is for a WebSocket, --grpc for gRPC.')
    const place = given.text('folder')
    const inRepository = join(root, 'packages/adapters')
    const folder = place === undefined ? (given.flag('outside') ? resolve(cwd, id) : join(inRepository, id)) : resolve(cwd, place)
    const inside = dirname(folder) === inRepository
    if (inside && given.flag('outside'))
      throw new UsageError('A folder of packages/adapters is not outside.', 'Leave out --outside, or give another --folder.')
    if (inside && basename(folder) !== id)
      throw new UsageError(`The folder of the adapter ${id} must be called ${id}.`, 'Leave out --folder.')
    await copyTemplate(templates[given.flag('grpc') ? 'grpc' : given.flag('live') ? 'live' : 'poll'], id, folder, inside)
    if (inside) await register(id, join(inRepository, 'src/registry.ts'))
    const shown = relative(cwd, folder) || '.'
    out(`Made the adapter ${id} in ${shown}${inside ? ', and added it to packages/adapters/src/registry.ts' : ''}.`)
    for (const line of nextSteps(id, inside, shown, folder)) out(line)
    return 0
  },
}

function nextSteps(id: string, inside: boolean, shown: string, folder: string): string[] {
  const named = inside ? id : isPath(shown) ? shown : `./${shown}`
  return [
    'Next:',
    `  weaver adapter test ${named}`,
    `  weaver adapter check ${named} --config file.json --secret key=@key.txt`,
    ...(inside ? ['  npx -y pnpm@12 generate        its page in docs/adapters'] : [`  WEAVER_ADAPTERS=${folder} npx -y pnpm@12 start`]),
  ]
}

const isPath = (shown: string): boolean => /[/\\]|^\./.test(shown)

const taken = (field: string, problem: string): WeaverError =>
  new WeaverError('name_taken', problem, {
    errors: [{ field, problem: 'is there already', hint: 'Choose another id, or another --folder.' }],
  })

/** Words that cannot name a constant. An adapter with such an id is called otherwise in its code. */
const reserved = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if
  implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof
  var void while with yield async of as`.split(/\s+/),
)

/** `met-office` is `metOffice` in code. */
const nameInCode = (id: string): string => {
  const name = id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return reserved.has(name) ? `${name}Adapter` : name
}

/** The template's text for an adapter: its names, and inside the repository imports by path as everywhere there. */
function adapted(text: string, id: string, inside: boolean): string {
  const name = nameInCode(id)
  const named = text
    .replaceAll('my-source', id)
    .replaceAll('mySource', name)
    .replaceAll('MySource', name.charAt(0).toUpperCase() + name.slice(1))
  if (!inside) return named
  return named
    .replaceAll("'@data-weaver/adapters/kit'", "'../src/kit.ts'")
    .replaceAll("'@data-weaver/adapters/kit/grpc'", "'../src/grpc/kit.ts'")
    .replaceAll("'@data-weaver/adapters/conformance'", "'../src/conformance.ts'")
}

async function copyTemplate(template: URL, id: string, folder: string, inside: boolean): Promise<void> {
  const templateFolder = fileURLToPath(template)
  if ((await entriesOf(folder)).length > 0) throw taken(folder, `${folder} is not empty.`)
  // Inside the repository an adapter is a folder of a package, not a package.
  const files = (await filesBelow(templateFolder)).filter((file) => !(inside && file === 'package.json'))
  for (const file of files) {
    const target = join(folder, file)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, adapted(await readFile(join(templateFolder, file), 'utf8'), id, inside), { flag: 'wx' })
  }
  if (!inside) await mayExport(join(folder, 'index.ts'), nameInCode(id))
}

/** A package exports its adapter by default: that is where the loader looks. */
async function mayExport(path: string, name: string): Promise<void> {
  await writeFile(path, `${await readFile(path, 'utf8')}\nexport default ${name}\n`)
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

/** Adds the adapter to the explicit list: an import and an entry, both in their order. */
async function register(id: string, path: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  const name = nameInCode(id)
  const line = `import { ${name} } from '../${id}/index.ts'`
  const lines = text.split('\n')
  const imports = lines.flatMap((one, index) => (/^import \{ .* \} from '\.\.\/[^/]+\/index\.ts'$/.test(one) ? [index] : []))
  const listed = /(export const adapters: readonly Adapter\[\] = \[)([^\]]*)(\])/.exec(text)
  const last = imports.at(-1)
  if (last === undefined || listed === null) {
    const problem = 'has no list of adapters that a line can be added to'
    const hint = `Add it by hand: ${line}, and ${name} in \`adapters\`.`
    throw new WeaverError('internal', `${path} ${problem}`, { errors: [{ field: path, problem, hint }] })
  }
  const before = imports.find((index) => folderIn(lines[index] ?? '') > id) ?? last + 1
  const names = (listed[2] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  const list = [...names, name].toSorted((a, b) => (a < b ? -1 : 1))
  const written = `${listed[1]}${list.join(', ')}${listed[3]}`
  lines.splice(before, 0, line)
  await writeFile(
    path,
    lines
      .join('\n')
      .replace(listed[0], written.length <= 140 ? written : `${listed[1]}\n${list.map((one) => `  ${one},\n`).join('')}${listed[3]}`),
  )
}

const folderIn = (line: string): string => /'\.\.\/([^/]+)\//.exec(line)?.[1] ?? ''
