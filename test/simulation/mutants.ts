/** A piece of the product's source text, and what stands there instead. */
interface Mutation {
  /** End of the path of the module. */
  readonly file: string
  readonly piece: string
  readonly instead: string
}

const settleAll = 'await Promise.all([...open].map((parcel) => settle(parcel, dependencies)))'
const lastUpsert = 'if (batch.length > 0) await upsert('

/** By name. Each takes away one of the things that the promises rest on. Fencing is the model's to leave off. */
const mutants: Readonly<Record<string, readonly Mutation[]>> = {
  'reconciler off': [
    { file: '/services/supervisor/src/reconciler.ts', piece: `await step('runs', () => wakeRuns(parts))`, instead: '' },
    { file: '/services/supervisor/src/reconciler.ts', piece: `await step('deliveries', () => wakeDeliveries(parts))`, instead: '' },
  ],
  'random result ids': [
    { file: '/services/worker/src/fetch.ts', piece: '= contentId(run.id, part, sha256)', instead: '= crypto.randomUUID()' },
  ],
  'random document ids': [
    {
      file: '/services/worker/src/sink.ts',
      piece: 'id: documentId(delivery.stream, record.key),',
      instead: 'id: documentId(delivery.stream, record.key) + crypto.randomUUID(),',
    },
  ],
  'acknowledge before upsert': [{ file: '/services/worker/src/sink.ts', piece: lastUpsert, instead: `${settleAll}; ${lastUpsert}` }],
}

/**
 * The text of a module as a mutant has it; undefined where the mutant leaves it alone.
 * @throws Error when a piece is not there exactly once: then the mutant would prove nothing.
 */
export function mutate(name: string, url: string, source: () => string): string | undefined {
  const mutations = mutants[name]
  if (mutations === undefined) throw new Error(`There is no mutant "${name}"`)
  const own = mutations.filter(({ file }) => url.endsWith(file))
  if (own.length === 0) return undefined
  return own.reduce((text, { file, piece, instead }) => {
    const parts = text.split(piece)
    if (parts.length !== 2) throw new Error(`The mutant "${name}" looks for a piece that is ${parts.length - 1} times in ${file}`)
    return parts.join(instead)
  }, source())
}
