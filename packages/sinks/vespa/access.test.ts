import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findProgram, temporaryFolder, type TemporaryFolder } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readVespaAccess } from './access.ts'

const openssl = await findProgram('openssl')
let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder('vespa-access')
})
afterAll(async () => await folder.remove())

const settings = (more: object) => ({ WEAVER_HOST: '127.0.0.1', ...more })

describe('how a worker shows itself to Vespa', () => {
  it('is nothing, or a token', async () => {
    expect(await readVespaAccess(settings({}))).toEqual({})
    expect(await readVespaAccess(settings({ WEAVER_VESPA_TOKEN: 't' }))).toEqual({ token: 't' })
  })

  it.skipIf(openssl === undefined)('is a certificate with its own key, and no other', async () => {
    const [key, certificate, other] = ['key.pem', 'certificate.pem', 'other.pem'].map((name) => folder.join(name)) as [
      string,
      string,
      string,
    ]
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=worker',
    ]
    await promisify(execFile)(openssl as string, [...made, '-keyout', key, '-out', certificate])
    await writeFile(other, generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const read = (certificateFile: string, keyFile: string) =>
      readVespaAccess(settings({ WEAVER_VESPA_CERT_FILE: certificateFile, WEAVER_VESPA_KEY_FILE: keyFile }))
    expect(await read(certificate, key)).toEqual({
      certificate: expect.stringContaining('BEGIN CERTIFICATE'),
      key: expect.stringContaining('PRIVATE KEY'),
    })
    for (const [a, b, variable] of [
      [certificate, other, 'WEAVER_VESPA_KEY_FILE'],
      [certificate, certificate, 'WEAVER_VESPA_KEY_FILE'],
      [key, key, 'WEAVER_VESPA_CERT_FILE'],
      [folder.join('none'), key, 'WEAVER_VESPA_CERT_FILE'],
    ] as const)
      await expect(read(a, b)).rejects.toMatchObject({ code: 'invalid_settings', errors: [{ field: variable }] })
  })

  it.each([
    ['WEAVER_VESPA_CERT_FILE', 'WEAVER_VESPA_KEY_FILE'],
    ['WEAVER_VESPA_KEY_FILE', 'WEAVER_VESPA_CERT_FILE'],
  ])('is refused when %s comes alone', async (given, missing) => {
    await expect(readVespaAccess(settings({ [given]: '/some.pem' }))).rejects.toMatchObject({
      code: 'invalid_settings',
      errors: [{ field: missing }],
    })
  })
})
