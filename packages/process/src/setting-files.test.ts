import { writeFile } from 'node:fs/promises'
import { parseSettings, settingsProblems, toWeaverError } from '@data-weaver/contracts'
import { temporaryFolder, type TemporaryFolder } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSettingFiles } from './setting-files.ts'

let folder: TemporaryFolder
beforeEach(async () => void (folder = await temporaryFolder('setting-files')))
afterEach(async () => await folder[Symbol.asyncDispose]())

async function fileWith(name: string, content: string | Buffer): Promise<string> {
  const path = folder.join(name)
  await writeFile(path, content)
  return path
}

const problemsOf = async (environment: Record<string, string>): Promise<string> => {
  try {
    await readSettingFiles(environment)
  } catch (thrown) {
    const error = toWeaverError(thrown)
    expect(error.code).toBe('invalid_settings')
    return settingsProblems(error)
  }
  return ''
}

describe('settings from files', () => {
  it('are those that parseSettings then finds, without the end of line', async () => {
    const environment = await readSettingFiles({
      PATH: '/bin',
      WEAVER_LEDGER_URL_FILE: await fileWith('ledger', 'postgres://weaver:from-a-file@db/weaver\n'),
      WEAVER_STORE_URL_FILE: await fileWith('store', 'file:///objects\r\n\n'),
      WEAVER_SECRET_KEY_FILE: await fileWith('key', 'a-key'),
      WEAVER_ADMIN_TOKEN: 'a-token-in-the-environment',
      WEAVER_CA_FILE: '/etc/ssl/company.pem',
    })
    expect(environment['PATH']).toBe('/bin')
    expect(Object.keys(environment).filter((name) => name.endsWith('_URL_FILE') || name.endsWith('_KEY_FILE'))).toEqual([])
    expect(parseSettings('supervisor', environment)).toMatchObject({
      WEAVER_LEDGER_URL: 'postgres://weaver:from-a-file@db/weaver',
      WEAVER_STORE_URL: 'file:///objects',
      WEAVER_SECRET_KEY: 'a-key',
      WEAVER_ADMIN_TOKEN: 'a-token-in-the-environment',
      WEAVER_CA_FILE: '/etc/ssl/company.pem',
    })
  })

  it('count as not set when they are empty', async () => {
    expect(await readSettingFiles({ WEAVER_ADMIN_TOKEN_FILE: '', WEAVER_ADMIN_TOKEN: 'given' })).toEqual({ WEAVER_ADMIN_TOKEN: 'given' })
  })

  it('say all that is wrong, and nothing of what is in them', async () => {
    const missing = folder.join('missing')
    const problems = await problemsOf({
      WEAVER_LEDGER_URL: 'postgres://db/weaver',
      WEAVER_LEDGER_URL_FILE: await fileWith('both', 'hidden-content'),
      WEAVER_QUEUE_URL_FILE: missing,
      WEAVER_STORE_URL_FILE: folder.path,
      WEAVER_SECRET_KEY_FILE: await fileWith('empty', ' \n'),
      WEAVER_ADMIN_TOKEN_FILE: await fileWith('large', Buffer.alloc(65_537, 'x')),
    })
    expect(problems).toContain('WEAVER_LEDGER_URL_FILE is set, and so is WEAVER_LEDGER_URL.')
    expect(problems).toContain(`WEAVER_QUEUE_URL_FILE names ${missing}, which cannot be read (ENOENT).`)
    expect(problems).toContain(`WEAVER_STORE_URL_FILE names ${folder.path}, which is no file.`)
    expect(problems).toMatch(/WEAVER_SECRET_KEY_FILE names .*, which is empty\./)
    expect(problems).toMatch(/WEAVER_ADMIN_TOKEN_FILE names .*, which is larger than 65536 bytes\./)
    expect(problems).not.toContain('hidden-content')
  })

  it('are only those that may hold a secret', async () => {
    const environment = await readSettingFiles({ WEAVER_PORT_FILE: folder.join('missing') })
    expect(() => parseSettings('supervisor', environment)).toThrow(/WEAVER_PORT_FILE is not a known setting/)
  })
})
