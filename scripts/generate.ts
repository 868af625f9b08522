import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstDifference, type Expected, expectedFiles, staleFiles } from './generated-files.ts'
import { generators } from './generators.ts'

// Writes what is generated; with `--check` it only compares, says what differs, and exits 1.

const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')

const expected = await expectedFiles(generators)
const stale = await staleFiles(generators, expected, (folder) => filesBelow(join(root, folder)))
const changed = await differing(expected)

if (check) report()
else await write()

async function write(): Promise<void> {
  for (const { path, content } of changed) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
    console.log(`wrote   ${path}`)
  }
  for (const path of stale) {
    await rm(join(root, path))
    console.log(`deleted ${path}`)
  }
  console.log(`${expected.length} generated files are up to date`)
}

function report(): void {
  for (const { path, content, present, name } of changed) {
    const what = present === undefined ? 'is missing' : `differs at line ${firstDifference(present, content)}`
    console.error(`${path} (${name}) ${what}`)
  }
  for (const path of stale) console.error(`${path} is made by nothing`)
  if (changed.length + stale.length === 0) console.log(`${expected.length} generated files are up to date`)
  else {
    console.error('\nRun `npx -y pnpm@12 generate` and commit what it writes.')
    process.exitCode = 1
  }
}

async function differing(files: readonly Expected[]): Promise<(Expected & { readonly present: string | undefined })[]> {
  const all = await Promise.all(files.map(async (file) => ({ ...file, present: await readIfThere(join(root, file.path)) })))
  return all.filter(({ content, present }) => content !== present)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Paths from the root of the repository; none when the folder is not there. */
async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
