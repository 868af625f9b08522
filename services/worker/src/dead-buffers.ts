import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So often, in bytes that passed, what they leave is collected. */
const everyBytes = 16 * 1024 * 1024

type Collect = (options: { readonly type: 'minor' }) => void

let collect: Collect | undefined

/**
 * Counts bytes that pass through and has what they leave collected in time. Each piece from the network is a buffer outside the heap; the
 * engine sees too little of them to begin by itself before 64 MiB are dead. A look at the young objects alone takes a millisecond or two.
 */
export function deadBuffers(): (bytes: number) => void {
  let since = 0
  return (bytes) => {
    since += bytes
    if (since < everyBytes) return
    since = 0
    collect ??= collector()
    collect({ type: 'minor' })
  }
}

/** The engine's own function, which it shows to contexts that are made while the flag is set. */
function collector(): Collect {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('globalThis.gc')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? (found as Collect) : () => {}
}
