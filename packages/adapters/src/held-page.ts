import { type LargePage, maxHeldBytes, type Page, WeaverError } from '@data-weaver/contracts'

/** The page with its body in memory, for those who do not store it. @throws WeaverError `source_too_large` when it is larger than what is held. */
export async function heldPage(page: Page | LargePage): Promise<Page> {
  if (!('pieces' in page)) return page
  const { pieces, ...rest } = page
  const held: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.byteLength
    if (bytes > maxHeldBytes)
      throw new WeaverError('source_too_large', `The answer has more than ${maxHeldBytes} bytes; only a run takes so large a one`)
    held.push(piece)
  }
  return { ...rest, body: Buffer.concat(held, bytes) }
}
