import { registerHooks } from 'node:module'
import { mutate } from './mutants.ts'

// Loaded before a process under test when its wall clock is to be off, or when its source text is to be broken on purpose. Product code
// knows nothing of either.

const offsetMs = Number(process.env['FAULTS_CLOCK_OFFSET_MS'] ?? '0')
if (offsetMs !== 0) {
  const RealDate = Date
  // At once, or when it is told.
  let jumped = process.env['FAULTS_CLOCK_JUMPS'] !== '1'
  if (!jumped) process.on('SIGUSR2', () => (jumped = true))
  const now = (): number => RealDate.now() + (jumped ? offsetMs : 0)
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values: unknown[], caller) => Reflect.construct(target, values.length === 0 ? [now()] : values, caller) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
  })
}

const mutant = process.env['FAULTS_MUTANT'] ?? ''
if (mutant !== '') {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      const text = mutate(mutant, url, () => Buffer.from(loaded.source as Uint8Array).toString('utf8'))
      return text === undefined ? loaded : { ...loaded, source: text }
    },
  })
}
