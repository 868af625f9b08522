import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface Certificate {
  /** PEM, as the settings have it. */
  readonly certificate: string
  readonly key: string
  /** Their files. */
  readonly files: { readonly certificate: string; readonly key: string }
}

/** A certificate for 127.0.0.1 that stands for itself, and its key. */
export async function makeCertificate(openssl: string, folder: string, name: string): Promise<Certificate> {
  const files = { key: `${folder}/${name}.key`, certificate: `${folder}/${name}.pem` }
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`]
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1']
  await promisify(execFile)(openssl, [...made, ...names, '-keyout', files.key, '-out', files.certificate])
  return { certificate: await readFile(files.certificate, 'utf8'), key: await readFile(files.key, 'utf8'), files }
}
