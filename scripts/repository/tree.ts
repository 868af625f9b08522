import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface TextFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** Folders that are never part of the repository, for a copy that is no git clone. */
const outside: ReadonlySet<string> = new Set(['.git', '.weaver', 'coverage', 'dist', 'node_modules'])

/** The files of the repository: what git knows or would add, else all but what is installed, built or run. A picture has no text. */
export async function readTree(root: string): Promise<TextFile[]> {
  const paths = (await fromGit(root)) ?? (await fromFolders(root, ''))
  const files = await Promise.all(paths.toSorted().map(async (path) => ({ path, bytes: await readIfThere(join(root, path)) })))
  return files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [{ path, text: bytes.includes(0) ? '' : bytes.toString('utf8') }]))
}

async function fromGit(root: string): Promise<string[] | undefined> {
  try {
    const options = { cwd: root, maxBuffer: 2 ** 26 }
    const { stdout: prefix } = await promisify(execFile)('git', ['rev-parse', '--show-prefix'], options)
    // A copy inside another repository is not that repository.
    if (prefix.trim() !== '') return undefined
    const { stdout } = await promisify(execFile)('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options)
    return stdout.split('\0').filter((path) => path !== '')
  } catch {
    return undefined
  }
}

async function fromFolders(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const lists = entries.map(async (entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return outside.has(entry.name) ? [] : fromFolders(root, path)
    return entry.isFile() ? [path] : []
  })
  return (await Promise.all(lists)).flat()
}

/** A file that git knows may be deleted and not committed yet, or be a link to a folder. */
async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
