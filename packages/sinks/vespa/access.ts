import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Settings, type SinkEnvironment, type VespaAccess, WeaverError } from '@data-weaver/contracts'
import { readApplicationPackage } from './schema/schema-file.ts'

/**
 * What a process has for its sinks: where Vespa is and how it is talked to, which schemas it has, and where texts are embedded.
 * @param ca certificate authorities to trust besides the usual ones
 * @throws WeaverError `invalid_settings` naming the variable that is at fault
 */
export async function readSinkEnvironment(
  settings: Partial<Settings>,
  ca: { readonly caCertificates?: string } = {},
): Promise<Omit<SinkEnvironment, 'ledgerUrl'>> {
  const { WEAVER_VESPA_URL: vespaUrl, WEAVER_VESPA_APPLICATION: application } = settings
  const { WEAVER_EMBEDDING_URL: url, WEAVER_EMBEDDING_TOKEN: token } = settings
  return {
    ...(vespaUrl === undefined ? {} : { vespaUrl }),
    vespaAccess: { ...(await readVespaAccess(settings)), ...ca },
    ...(application === undefined ? {} : { vespaSchemas: await schemasOf(application) }),
    ...(url === undefined ? {} : { embedding: { url, ...(token === undefined ? {} : { token }), ...ca } }),
  }
}

async function schemasOf(folder: string): Promise<NonNullable<SinkEnvironment['vespaSchemas']>> {
  try {
    return await readApplicationPackage(folder)
  } catch (cause) {
    const problem = cause instanceof WeaverError ? cause.message : 'it cannot be read'
    const errors = [
      {
        field: 'WEAVER_VESPA_APPLICATION',
        problem: `names no application package: ${problem}`,
        hint: 'The folder with schemas/ and services.xml.',
      },
    ]
    throw new WeaverError('invalid_settings', `WEAVER_VESPA_APPLICATION ${errors[0]?.problem}`, { errors, cause })
  }
}

/**
 * Reads how this process shows itself to Vespa: the token, the certificate and its key.
 * @throws WeaverError `invalid_settings` naming the variable whose file cannot be read, is no PEM, or has no counterpart.
 */
export async function readVespaAccess(settings: Partial<Settings>): Promise<VespaAccess> {
  const { WEAVER_VESPA_TOKEN: token, WEAVER_VESPA_CERT_FILE: certificateFile, WEAVER_VESPA_KEY_FILE: keyFile } = settings
  const withToken = token === undefined ? {} : { token }
  if (certificateFile === undefined && keyFile === undefined) return withToken
  if (certificateFile === undefined) throw invalid('WEAVER_VESPA_CERT_FILE', 'is not set, and WEAVER_VESPA_KEY_FILE is')
  if (keyFile === undefined) throw invalid('WEAVER_VESPA_KEY_FILE', 'is not set, and WEAVER_VESPA_CERT_FILE is')
  const certificate = await read('WEAVER_VESPA_CERT_FILE', certificateFile)
  const key = await read('WEAVER_VESPA_KEY_FILE', keyFile)
  const parsed = parse('WEAVER_VESPA_CERT_FILE', 'certificate', () => new X509Certificate(certificate))
  const own = parse('WEAVER_VESPA_KEY_FILE', 'key', () => createPrivateKey(key))
  if (!parsed.checkPrivateKey(own)) throw invalid('WEAVER_VESPA_KEY_FILE', 'has a key that is not that of the certificate')
  return { ...withToken, certificate, key }
}

async function read(field: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw invalid(field, `names a file that cannot be read: ${file}`, cause)
  }
}

function parse<T>(field: string, what: string, make: () => T): T {
  try {
    return make()
  } catch {
    // Without a cause: nothing of a key belongs into a log.
    throw invalid(field, `names a file without a ${what} in PEM`)
  }
}

function invalid(field: string, problem: string, cause?: unknown): WeaverError {
  const errors = [{ field, problem, hint: 'The certificate and the key that Vespa knows this process by, as PEM files.' }]
  return new WeaverError('invalid_settings', `${field} ${problem}`, { errors, ...(cause === undefined ? {} : { cause }) })
}
