import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  /** The path of something in it. */
  join(...parts: string[]): string
  remove(): Promise<void>
}

const temporaryPrefix = 'weaver-test-'

/** The folders of this process that were not removed yet, for the leak check. */
export const openFolders = new Set<string>()

/**
 * An empty folder that is removed with all that is in it: `await using folder = await temporaryFolder()`. Others cannot look into it, but
 * pass through: as root, a Postgres in it runs as another user.
 */
export async function temporaryFolder(purpose = 'folder'): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `${temporaryPrefix}${purpose}-`))
  await chmod(path, 0o711)
  openFolders.add(path)
  const remove = async () => {
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    openFolders.delete(path)
  }
  return { path, join: (...parts) => join(path, ...parts), remove, [Symbol.asyncDispose]: remove }
}
