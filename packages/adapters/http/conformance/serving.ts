import { type Json, type Page, systemClock } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { recordsOf, run, type RunInput, type RunOutcome } from '../../src/conformance/harness.ts'
import { ScriptedSource, type SourceAnswer, type SourceRequest } from '../../src/conformance/scripted-source.ts'
import { http } from '../index.ts'

export interface Serving {
  serve(answer: (request: SourceRequest) => SourceAnswer, isAside?: (request: SourceRequest) => boolean): Promise<ScriptedSource>
  /** Runs with `/items` of the source unless the configuration asks for something else. */
  go(source: ScriptedSource, config: object, input?: Partial<RunInput>): Promise<RunOutcome>
  configOf(source: ScriptedSource, config: object, secretNames?: readonly string[]): unknown
}

/** Sources for the tests of a file, each gone after its test. */
export function serving(): Serving {
  let egress: Egress
  const sources: ScriptedSource[] = []
  beforeAll(() => {
    egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  })
  afterEach(async () => {
    for (const source of sources.splice(0)) await source[Symbol.asyncDispose]()
  })
  afterAll(() => egress.close())
  const configOf: Serving['configOf'] = (source, config, secretNames = []) =>
    parseConfig(http, { request: { url: `${source.origin}/items` }, primaryKey: ['id'], ...config }, secretNames)
  return {
    configOf,
    async serve(answer, isAside) {
      const source = await ScriptedSource.start(answer, isAside)
      sources.push(source)
      return source
    },
    go(source, config, input = {}) {
      source.reset()
      const { secrets = {} } = input
      return run({ adapter: http, config: configOf(source, config, Object.keys(secrets)), egress, ...input, secrets })
    },
  }
}

export const lastCursor = (pages: readonly Page[]): Json | null => pages.findLast((page) => page.cursor !== undefined)?.cursor ?? null

export const keysOf = (config: unknown, { pages }: RunOutcome): readonly (readonly (string | number)[])[] =>
  recordsOf(http, config, pages).map(({ key }) => key)

export const asked = (source: ScriptedSource): string[] => source.requests.map(({ url }) => `${url.pathname}${url.search}`)
