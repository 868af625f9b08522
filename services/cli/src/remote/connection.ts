import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ApiError, type Client, createClient } from '@data-weaver/client'
import { errorCodes, type ErrorCode, parseSettings, WeaverError } from '@data-weaver/contracts'
import { readSettingFiles } from '@data-weaver/process'
import type { Surroundings } from '../surroundings.ts'

/** Hosts of this machine: there the token may be read from the data folder. */
const here = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * The API that WEAVER_URL and WEAVER_TOKEN name. Without them it is the one that `start` serves on this machine.
 * @throws WeaverError `invalid_settings`
 */
async function connect({ environment, root }: Surroundings): Promise<{ readonly client: Client; readonly url: string }> {
  const settings = parseSettings('standalone', await readSettingFiles(environment))
  const url = settings.WEAVER_URL ?? `http://127.0.0.1:${settings.WEAVER_PORT}`
  const token =
    settings.WEAVER_TOKEN ?? (here.has(new URL(url).hostname) ? await ownToken(resolve(root, settings.WEAVER_DATA_DIR)) : undefined)
  if (token !== undefined) return { client: createClient({ baseUrl: url, token }), url }
  throw new WeaverError('invalid_settings', 'WEAVER_TOKEN is not set', {
    errors: [
      {
        field: 'WEAVER_TOKEN',
        problem: 'is not set',
        hint: `It is the bearer token of the API at ${url}; WEAVER_TOKEN_FILE may name a file with it.`,
      },
    ],
  })
}

async function ownToken(dataFolder: string): Promise<string | undefined> {
  try {
    return (await readFile(resolve(dataFolder, 'admin.token'), 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Calls the API.
 * @throws WeaverError with the code that the API answered; `api_unreachable` when there is no answer, or another than the API's
 */
export async function withApi<T>(surroundings: Surroundings, call: (client: Client) => Promise<T>): Promise<T> {
  const { client, url } = await connect(surroundings)
  try {
    return await call(client)
  } catch (error) {
    if (error instanceof WeaverError || surroundings.signal.aborted) throw error
    if (error instanceof ApiError && isCode(error.code)) throw new WeaverError(error.code, error.message, { errors: error.errors })
    const said = error instanceof ApiError ? `answered ${error.status}, which is no answer of the API` : 'does not answer'
    throw new WeaverError('api_unreachable', `${url} ${said}`, {
      errors: [{ field: url, problem: said, hint: 'Is it running there? Set WEAVER_URL to where the API is.' }],
      cause: error,
    })
  }
}

const isCode = (code: string): code is ErrorCode => (errorCodes as readonly string[]).includes(code)
