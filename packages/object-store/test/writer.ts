import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { silentLog, systemClock, toWeaverError } from '@data-weaver/contracts'
import { openFileStore } from '../src/file/file-store.ts'

// A process of its own that writes into a store: `writer.ts <root> churn | race | once <key>`.

const [root = '', task, key = ''] = process.argv.slice(2)
const put = { contentType: 'application/json', signal: new AbortController().signal }
const print = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)

switch (task) {
  case 'churn': {
    // Puts for ever, several at once, objects that name their own content. Prints each that was acknowledged.
    const store = await openFileStore({ root, clock: systemClock, log: silentLog })
    const work = async () => {
      for (;;) {
        const body = randomBytes(200_000)
        const name = `results/run-${body[0]}/${createHash('sha256').update(body).digest('hex')}`
        await store.put(name, body, put)
        print({ stored: name })
      }
    }
    await Promise.all(Array.from({ length: 8 }, work))
    break
  }
  case 'race': {
    // Waits for the word, then puts the same keys as its rivals, and prints which it created.
    const store = await openFileStore({ root, clock: systemClock, log: silentLog })
    print({ ready: true })
    const [count] = (await once(process, 'message')) as [number]
    const created: string[] = []
    for (let index = 0; index < count; index += 1) {
      const name = `results/run-${index % 7}/${index}`
      if ((await store.put(name, Buffer.from(String(process.pid)), put)).created) created.push(name)
    }
    print({ created })
    await store.close()
    process.disconnect()
    break
  }
  case 'once': {
    try {
      const store = await openFileStore({ root, clock: systemClock, log: silentLog })
      print({ answer: await store.put(key, Buffer.from('x'), put) })
    } catch (error) {
      print({ code: toWeaverError(error).code, message: toWeaverError(error).message })
    }
    break
  }
  default:
    throw new Error(`there is no task ${String(task)}`)
}
