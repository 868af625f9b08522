import { type ObjectStore, WeaverError } from '@data-weaver/contracts'
import type { Process } from '../world/process.ts'

/** Objects never change: a key names its content. */
export class SimulatedStore {
  readonly objects = new Map<string, Uint8Array>()

  port(process: Process): ObjectStore {
    const { objects } = this
    const port: Pick<ObjectStore, 'put' | 'get' | 'close'> = {
      put: (key, body, { signal }) =>
        process.call(
          'store',
          'puts a page',
          () => {
            const created = !objects.has(key)
            if (created) objects.set(key, body)
            process.hasPut?.()
            return { created }
          },
          signal,
        ),
      get: (key, signal) =>
        process.call(
          'store',
          'gets a page',
          () => {
            const body = objects.get(key)
            if (body === undefined) throw new WeaverError('object_missing', `there is no object ${key}`)
            return body
          },
          signal,
        ),
      close: () => Promise.resolve(),
    }
    return port as ObjectStore
  }
}
