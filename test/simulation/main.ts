import { parseArgs } from 'node:util'
import type { Outcome } from './simulate.ts'
import { simulateMany } from './threads.ts'

// Replays seeds: `pnpm simulate --seed 17` shows all that happens in one, `--seeds 500` looks for one that fails.

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    threads: { type: 'string' },
    mutant: { type: 'string' },
    fencing: { type: 'string', default: 'on' },
  },
})

const begun = performance.now()
const outcomes = await simulateMany({
  first: Number(values.seed),
  count: Number(values.seeds ?? 1),
  fencing: values.fencing === 'on',
  traceAll: values.seeds === undefined,
  ...(values.mutant === undefined ? {} : { mutant: values.mutant }),
  ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
})
const bad = outcomes.filter(({ violations }) => violations.length > 0)
if (values.seeds === undefined) for (const line of outcomes[0]?.tail ?? []) console.log(line)
for (const { seed, violations, hash } of bad.slice(0, 20)) {
  console.log(`seed ${seed} (${hash}):`)
  for (const { kind, what } of violations.slice(0, 8)) console.log(`  ${kind}: ${what}`)
}
const kinds = Map.groupBy(bad, ({ violations: [first] }: Outcome) => first?.kind)
for (const [kind, some] of kinds)
  console.log(
    `${kind}: ${some.length} seeds, for example ${some
      .slice(0, 5)
      .map(({ seed }) => seed)
      .join(', ')}`,
  )
const seconds = (performance.now() - begun) / 1000
const events = outcomes.reduce((sum, outcome) => sum + outcome.events, 0)
console.log(`${outcomes.length} seeds, ${bad.length} failed, ${events} events, ${seconds.toFixed(1)} s`)
process.exitCode = bad.length > 0 ? 1 : 0
