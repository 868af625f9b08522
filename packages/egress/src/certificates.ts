import { readFile } from 'node:fs/promises'
import { WeaverError } from '@data-weaver/contracts'

/** Reads the file of additional certificate authorities. @throws WeaverError `invalid_settings` naming WEAVER_CA_FILE. */
export async function readCertificates(file: string | undefined): Promise<{ readonly caCertificates?: string }> {
  if (file === undefined) return {}
  try {
    return { caCertificates: await readFile(file, 'utf8') }
  } catch (cause) {
    const problem = { field: 'WEAVER_CA_FILE', problem: `names a file that cannot be read: ${file}`, hint: 'Give the path of a PEM file.' }
    throw new WeaverError('invalid_settings', `${problem.field} ${problem.problem}`, { errors: [problem], cause })
  }
}
