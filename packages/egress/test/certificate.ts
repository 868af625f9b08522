import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/**
 * X.509 certificates for tests, made when they are needed: none lies in the repository, none runs out. Node can sign but not write a
 * certificate, so the few structures are written here by hand (DER, RFC 5280).
 */

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const integer = (value: number) => der(0x02, Buffer.from([value]))
const octets = (content: Uint8Array) => der(0x04, content)
const flag = der(0x01, Buffer.from([0xff]))
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content)
const text = (value: string) => der(0x0c, Buffer.from(value))
const time = (date: Date) => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))

const object = (...bytes: readonly number[]) => der(0x06, Buffer.from(bytes))
const ecdsaWithSha256 = sequence(object(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const commonName = object(0x55, 0x04, 0x03)
const basicConstraints = object(0x55, 0x1d, 0x13)
const subjectAltName = object(0x55, 0x1d, 0x11)

const name = (common: string) => sequence(der(0x31, sequence(commonName, text(common))))

export interface Authority {
  readonly cert: string
  readonly key: KeyObject
  readonly common: string
}

export interface CertificateRequest {
  /** Host names and IPv4 addresses the certificate is for. */
  readonly hosts?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Absent: the certificate is signed with its own key. */
  readonly issuer?: Authority
  readonly authority?: boolean
}

const alternative = (host: string) =>
  /^[\d.]+$/.test(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host))

let serial = 1

export function makeCertificate(common: string, request: CertificateRequest = {}): Authority & { readonly keyPem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { hosts = [], issuer, authority = false } = request
  const notBefore = request.notBefore ?? new Date('2020-01-01T00:00:00Z')
  const notAfter = request.notAfter ?? new Date('2120-01-01T00:00:00Z')
  const extensions = [
    ...(authority ? [sequence(basicConstraints, flag, octets(sequence(flag)))] : []),
    ...(hosts.length === 0 ? [] : [sequence(subjectAltName, octets(sequence(...hosts.map(alternative))))]),
  ]
  serial += 1
  const body = sequence(
    der(0xa0, integer(2)),
    integer(serial),
    ecdsaWithSha256,
    name(issuer?.common ?? common),
    sequence(time(notBefore), time(notAfter)),
    name(common),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  )
  const whole = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, issuer?.key ?? privateKey)))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  const cert = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey, common, keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}
