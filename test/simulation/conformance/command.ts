import { WeaverError } from '@data-weaver/contracts'
import type { Chance } from '../world/chance.ts'
import type { Pair } from './pair.ts'

/** One command as both sides take it: what it is called in a report, and what each answers, in comparable words. */
export interface Command {
  readonly name: string
  readonly real: () => Promise<unknown>
  readonly model: () => unknown
}

export type Draw = (pair: Pair, chance: Chance) => Command | undefined

export const leaseMs = 20_000
export const workerIds = ['worker-a', 'worker-b'] as const
export const tenant = 'default'

export const streamOf = (pair: Pair, chance: Chance): string => chance.pick(pair.streams)

/** A row of the model at random, by the name that both sides have for it. */
export function pickRun(pair: Pair, chance: Chance): { readonly name: string; readonly real: string; readonly model: string } | undefined {
  const ids = [...pair.model.tables.runs.keys()]
  if (ids.length === 0) return undefined
  // What came last is what most happens to.
  const model = chance.is(0.7) ? (ids.at(-1 - chance.below(Math.min(4, ids.length))) as string) : chance.pick(ids)
  const name = pair.modelSide.runs.of(model) ?? ''
  return { name, model, real: pair.realSide.runs.id(name) }
}

export const epochOf = (pair: Pair, chance: Chance, id: string): number => {
  const { epoch } = pair.model.tables.runs.get(id) as { epoch: number }
  return chance.is(0.85) ? epoch : epoch - 1
}

/** Deliveries have numbers of their own on each side: they are found by their result. */
const pendingIds = new WeakMap<Pair, Map<string, string>>()
export const realIdOf = (pair: Pair, id: string): string => pendingIds.get(pair)?.get(id) ?? '0'
export function rememberDeliveries(pair: Pair, model: readonly string[], real: readonly string[]): void {
  const known = pendingIds.get(pair) ?? new Map<string, string>()
  model.forEach((id, index) => known.set(id, real[index] ?? '0'))
  pendingIds.set(pair, known)
}
export const pickDeliveries = (pair: Pair, chance: Chance): readonly string[] => {
  const ids = [...pair.model.tables.deliveries.keys()]
  return ids.slice(-6).filter(() => chance.is(0.5))
}

/** An answer, or the code of the error in its place. */
export async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof WeaverError) return error.code
    throw error
  }
}
