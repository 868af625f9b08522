import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'
import type { Keyring } from './keyring.ts'

/** Where a secret belongs. It opens nowhere else, so a row copied to another stream is worth nothing there. */
export interface SecretPlace {
  readonly tenant: string
  readonly streamId: string
  /** The name of the secret within the stream. */
  readonly name: string
}

export interface Vault {
  /** Seals a text: `v1.<key id>.<nonce>.<ciphertext and tag>`. @throws WeaverError `invalid_request` for half characters, which would be lost. */
  seal(place: SecretPlace, plaintext: string): string
  /** Opens what was sealed for the same place. @throws WeaverError `secret_unreadable` that says what to do. */
  open(place: SecretPlace, sealed: string): string
}

const algorithm = 'aes-256-gcm'
const version = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const form = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/

/** What the seal is bound to. JSON keeps the parts apart: no two places write the same. */
const boundTo = (keyId: string, { tenant, streamId, name }: SecretPlace) =>
  Buffer.from(JSON.stringify([version, keyId, tenant, streamId, name]))

function unreadable({ name }: SecretPlace, problem: string, remedy: string, cause?: unknown): WeaverError {
  return new WeaverError('secret_unreadable', `The secret ${JSON.stringify(name)} cannot be opened: ${problem}. ${remedy}`, { cause })
}

const setAgain = 'Set the secret of the stream again'

/** Seals and opens with AES-256-GCM. The nonce is random: one key serves some billions of seals. */
export function createVault({ current, keys }: Keyring): Vault {
  const sealingKey = keys.get(current)
  if (sealingKey === undefined) throw new WeaverError('internal', 'The keyring lacks its current key')
  return {
    seal(place, plaintext) {
      if (!plaintext.isWellFormed())
        throw new WeaverError('invalid_request', `The secret ${JSON.stringify(place.name)} is not a well-formed text`)
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(algorithm, sealingKey, nonce, { authTagLength: TAG_BYTES }).setAAD(boundTo(current, place))
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${version}.${current}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
    },
    open(place, sealed) {
      const parts = form.exec(sealed)
      if (parts === null) throw unreadable(place, 'what is stored is not a sealed secret of a known version', setAgain)
      const [, keyId = '', nonce = '', content = ''] = parts
      const key = keys.get(keyId)
      if (key === undefined) {
        const remedy = `Add that key to WEAVER_SECRET_KEY (as ${keyId}:<base64>, after the first), or set the secret of the stream again`
        throw unreadable(place, `it was sealed with the key "${keyId}", which is not in WEAVER_SECRET_KEY`, remedy)
      }
      const bytes = Buffer.from(content, 'base64url')
      const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, 'base64url'), { authTagLength: TAG_BYTES })
      decipher.setAAD(boundTo(keyId, place)).setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8')
      } catch (cause) {
        const problem = `it was changed, belongs to another stream, or the key "${keyId}" is another one than it was sealed with`
        throw unreadable(place, problem, setAgain, cause)
      }
    },
  }
}
