import { type Adapter, type JsonObject, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, beforeAll, expect } from 'vitest'
import { parseConfig } from '../config.ts'
import { recordsOf, run, type RunOutcome } from './harness.ts'
import { ScriptedSource, type SourceAnswer } from './scripted-source.ts'

/** An adapter with one secret, `key`, in front of a source that gives one answer. */
export interface Answered {
  /** There from the first test on. */
  readonly source: ScriptedSource
  /** Runs it to its end. `endpoint` of the configuration leads to the source. */
  go(answer: SourceAnswer, config: object, key?: string): Promise<RunOutcome>
  /** The error that it ends with, before any page. */
  failed(answer: SourceAnswer, config: object, key?: string): Promise<WeaverError>
  /** The fields of the records of an answer that is good. */
  fieldsOf(body: unknown, config: object): Promise<JsonObject[]>
}

/** To be called at the top of a test file: the source and the way out live as long as its tests. @param path where the API begins */
export function answered(adapter: Adapter, { key: usual, path = '' }: { readonly key: string; readonly path?: string }): Answered {
  let egress: Egress
  let source: ScriptedSource
  let answer: SourceAnswer = { body: '' }
  beforeAll(async () => {
    egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
    source = await ScriptedSource.start(() => answer)
  })
  afterAll(async () => {
    await egress.close()
    await source[Symbol.asyncDispose]()
  })
  const go: Answered['go'] = (given, config, key = usual) => {
    answer = given
    const parsed = parseConfig(adapter, { endpoint: `${source.origin}${path}`, ...config }, ['key'])
    return run({ adapter, config: parsed, secrets: { key }, egress })
  }
  return {
    get source() {
      return source
    },
    go,
    async failed(given, config, key) {
      const { pages, error } = await go(given, config, key)
      expect(pages).toEqual([])
      if (error instanceof WeaverError) return error
      throw new Error('there was no error', { cause: error })
    },
    async fieldsOf(body, config) {
      const { pages, error } = await go({ body }, config)
      expect(error).toBeUndefined()
      return recordsOf(adapter, config, pages).map(({ fields }) => fields)
    },
  }
}
