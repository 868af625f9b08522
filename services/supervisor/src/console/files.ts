import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** Most bytes of one build that are held in memory. */
const maxBuildBytes = 64 * 2 ** 20
/** Files below this are not worth compressing, bytes. */
const minCompressedBytes = 1024
/** Quality 9 of 11 is within a few percent of the best and many times faster. */
const brotliQuality = 9
/** The names of these files have a hash of their content in them: under one name there is ever one content. */
const hashedFolder = 'assets/'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
}
const compressible = /charset=utf-8/

export type Encoding = 'br' | 'gzip' | 'identity'

export interface ConsoleFile {
  readonly type: string
  readonly etag: string
  /** Whether it may be kept for ever. */
  readonly immutable: boolean
  readonly bodies: Readonly<Partial<Record<Encoding, Buffer>>> & { readonly identity: Buffer }
}

type Build = ReadonlyMap<string, ConsoleFile>

/**
 * The built files of the console, held in memory with their compressed forms. When there is a new build it is read at the next visit; the
 * files of the one before stay for the pages that are open.
 */
export class ConsoleFiles {
  readonly #folder: string
  #stamp: string | undefined
  #build: Build = new Map()
  #before: Build = new Map()
  #reading: Promise<void> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The page; undefined while there is no build. */
  async page(): Promise<ConsoleFile | undefined> {
    await this.#refresh()
    return this.#build.get('index.html')
  }

  /** A file by its path below the root, without the slash in front. */
  async file(path: string): Promise<ConsoleFile | undefined> {
    const known = this.#build.get(path) ?? this.#before.get(path)
    if (known !== undefined) return known
    await this.#refresh()
    return this.#build.get(path)
  }

  async #refresh(): Promise<void> {
    const page = await stat(join(this.#folder, 'index.html')).catch(() => undefined)
    const stamp = page === undefined ? undefined : `${page.mtimeMs} ${page.ino}`
    if (stamp === undefined || stamp === this.#stamp) return
    this.#reading ??= this.#read(stamp).finally(() => (this.#reading = undefined))
    await this.#reading
  }

  async #read(stamp: string): Promise<void> {
    const build = await readBuild(this.#folder).catch((error: NodeJS.ErrnoException) => {
      // A build that is being replaced: the next visit finds the new one.
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (build === undefined) return
    this.#before = this.#build
    this.#build = build
    this.#stamp = stamp
  }
}

async function readBuild(folder: string): Promise<Build> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const build = new Map<string, ConsoleFile>()
  let bytes = 0
  for (const path of paths) {
    const body = await readFile(path)
    bytes += body.byteLength
    if (bytes > maxBuildBytes) throw new Error(`the build of the console is larger than ${maxBuildBytes} bytes`)
    const name = relative(folder, path).split(sep).join('/')
    build.set(name, await toFile(name, body))
  }
  return build
}

async function toFile(name: string, identity: Buffer): Promise<ConsoleFile> {
  const type = types[extname(name)] ?? 'application/octet-stream'
  const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`
  const file = { type, etag, immutable: name.startsWith(hashedFolder) }
  if (!compressible.test(type) || identity.byteLength < minCompressedBytes) return { ...file, bodies: { identity } }
  const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_SIZE_HINT]: identity.byteLength }
  const [br, gz] = await Promise.all([brotli(identity, { params }), zip(identity)])
  return { ...file, bodies: { identity, br, gzip: gz } }
}

/** The smallest form that a client takes, by its `Accept-Encoding`. */
export function encodingFor({ bodies }: ConsoleFile, accepted: string | undefined): Encoding {
  const taken = new Set(
    (accepted ?? '')
      .toLowerCase()
      .split(',')
      .map((part) => part.trim().split(/\s*;\s*/))
      .filter(([, quality]) => quality === undefined || !/^q=0(\.0*)?$/.test(quality))
      .map(([name]) => name),
  )
  return (['br', 'gzip'] as const).find((encoding) => bodies[encoding] !== undefined && taken.has(encoding)) ?? 'identity'
}
