const decoder = new TextDecoder('utf-8', { fatal: true })

/** The bytes as text, undefined when they are none. */
export function asText(body: Uint8Array<ArrayBuffer>): string | undefined {
  if (body.subarray(0, 4096).includes(0)) return undefined
  try {
    return decoder.decode(body)
  } catch {
    return undefined
  }
}

/** What the bytes say as JSON, undefined when they are none. In an object, since JSON may be null. */
export function parsedJson(body: Uint8Array<ArrayBuffer>): { readonly value: unknown } | undefined {
  const text = asText(body)
  if (text === undefined) return undefined
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

const perLine = 16

/** `00000010  68 65 6c 6c 6f …  hello…` */
export function hexLines(body: Uint8Array): readonly string[] {
  return Array.from({ length: Math.ceil(body.length / perLine) }, (_, line) => {
    const part = body.subarray(line * perLine, (line + 1) * perLine)
    const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const letters = Array.from(part, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
    return `${(line * perLine).toString(16).padStart(8, '0')}  ${hex.padEnd(perLine * 3 - 1)}  ${letters}`
  })
}
