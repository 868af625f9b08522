import { WeaverError } from '@data-weaver/contracts'

/**
 * The text of a header that carries a secret. A line break at the end of a pasted key is the usual reason why none can: the header would
 * be refused deep below, with no name for it.
 * @throws WeaverError `invalid_config` naming the secret.
 */
export function credentialHeader(text: string, secretName: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text === text.trim()) return text
  const field = `secrets.${secretName}`
  throw new WeaverError('invalid_config', `${field} has characters that a header cannot carry`, {
    errors: [{ field, problem: 'has characters that a header cannot carry', hint: 'Look for a space or a line break at its end.' }],
  })
}
