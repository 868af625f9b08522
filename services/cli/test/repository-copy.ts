import { cp, lstat, mkdir, readdir, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('../../..', import.meta.url))

/** What the commands about adapters need of the repository. */
const parts = [
  'packages',
  'services/cli',
  'scripts',
  'test/faults/longest-first.ts',
  'test/summary-reporter.ts',
  'package.json',
  'pnpm-workspace.yaml',
  'tsconfig.json',
  'vitest.config.ts',
]

/**
 * Copies the repository into an empty folder, so that commands may change it. Packages of ours are linked within the copy, those of others to
 * where they are installed.
 */
export async function copyRepository(target: string): Promise<void> {
  for (const part of parts) {
    const filter = (path: string) => !['node_modules', '.weaver', 'dist'].includes(basename(path))
    await cp(join(here, part), join(target, part), { recursive: true, filter })
  }
  await linkPackages('')
  for (const group of ['packages', 'services']) {
    for (const name of await readdir(join(target, group))) await linkPackages(join(group, name))
  }

  async function linkPackages(folder: string): Promise<void> {
    const from = join(here, folder, 'node_modules')
    const to = join(target, folder, 'node_modules')
    const names = await readdir(from).catch((): string[] => [])
    await mkdir(to, { recursive: true })
    for (const name of names) {
      if (name === '.pnpm') await symlink(join(from, name), join(to, name))
      // Links are relative, so they lead into the copy; its own caches are nobody's business.
      else if (name === '.bin' || !name.startsWith('.')) await copyLinks(join(from, name), join(to, name))
    }
  }
}

async function copyLinks(from: string, to: string): Promise<void> {
  const { isDirectory, isSymbolicLink } = await lstat(from).then((stat) => ({
    isDirectory: stat.isDirectory(),
    isSymbolicLink: stat.isSymbolicLink(),
  }))
  if (isDirectory || isSymbolicLink) await cp(from, to, { recursive: true, verbatimSymlinks: true })
}
