import { overlapModes, type StreamSpec } from '@data-weaver/contracts'
import { migrate } from '@data-weaver/ledger'
import { createDatabase, type TestDatabase } from '@data-weaver/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawCommand } from './conformance/commands.ts'
import { every, growingId, Pair } from './conformance/pair.ts'
import { Chance } from './world/chance.ts'

const sequences = 300
const commandsEach = 30
const limitMs = 420_000

let database: TestDatabase
let pair: Pair

beforeAll(async () => {
  database = await createDatabase({ key: 'ledger', prepare: migrate })
  pair = await Pair.open(database.url)
})

afterAll(async () => {
  await pair.close()
  await database.drop()
})

/** Times that differ from every interval and limit, so that nothing comes due at the same moment twice; milliseconds. */
const passes = [4_001, 11_003, 17_011, 26_017, 47_023, 101_027]

const drawSpec = (chance: Chance): Partial<StreamSpec> => ({
  overlap: chance.pick(overlapModes),
  catchUp: chance.is(0.3) ? { window: chance.pick([90_000, 3_600_000]), runs: chance.pick(['all', 'latest']) } : null,
})

/** Lives through one sequence on both sides; answers what differs first, with the commands that led there. */
async function compareSequence(seed: number): Promise<string> {
  const chance = new Chance(seed)
  await pair.begin([drawSpec(chance), drawSpec(chance)])
  const done: string[] = []
  for (let index = 0; index < commandsEach; index += 1) {
    if (chance.is(0.4)) await pair.pass(chance.pick(passes))
    await pair.tellTime()
    while (pair.isAmbiguous) await pair.pass(3_001)
    const command = drawCommand(pair, chance)
    const [model, real] = [await command.model(), await command.real()]
    done.push(command.name)
    const found =
      JSON.stringify(model) === JSON.stringify(real) ? [] : [`answers ${JSON.stringify(real)}, the model ${JSON.stringify(model)}`]
    found.push(...(await pair.compare()))
    if (found.length > 0) return [`sequence ${seed}: ${done.join('; ')}`, ...found].join('\n  ')
  }
  return ''
}

test(
  `the model and the real ledger agree after each of ${sequences * commandsEach} commands`,
  async () => {
    const differences: string[] = []
    for (let seed = 1; seed <= sequences && differences.length < 3; seed += 1) {
      const found = await compareSequence(seed)
      if (found !== '') differences.push(found)
    }
    expect(differences.join('\n')).toBe('')
  },
  limitMs,
)

test('neither runs a tick after the end of the schedule', async () => {
  const endAt = new Date(Date.now() + 1.5 * every).toISOString()
  await pair.begin([{ schedule: { every, endAt } }])
  const [streamId = ''] = pair.streams
  await pair.real.streams.start('default', streamId)
  pair.model.start(streamId)
  const { stream } = await pair.real.streams.get('default', streamId)
  const outcomes = async (index: number) => {
    const request = { kind: 'tick' as const, streamId, runId: growingId(), canaryRunId: growingId() }
    const first = Date.parse(stream.nextTickAt ?? '') - every
    const real = await pair.real.claim('worker-a', 1000, { ...request, at: first + index * every })
    const model = pair.model.claim('worker-a', 1000, { ...request, at: pair.model.tables.stream(streamId).anchor + index * every })
    return [real.outcome, model.outcome]
  }
  expect(await outcomes(1)).toEqual(['claimed', 'claimed'])
  expect(await outcomes(2)).toEqual(['gone', 'gone'])
})
