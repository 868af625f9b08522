/** One way to break the product: a piece of its source text, and what stands there instead. */
export interface Mutation {
  /** End of the path of the module. */
  readonly file: string
  readonly piece: string
  readonly instead: string
}

/** By name. Each takes away one of the things that the promises rest on. */
export const mutants: Readonly<Record<string, readonly Mutation[]>> = {
  'fencing off': [
    {
      file: '/packages/ledger/src/commit.ts',
      piece: 'from input i join locked r on r.id = i.run_id and r.epoch = i.epoch)',
      instead: 'from input i join locked r on r.id = i.run_id)',
    },
  ],
  'reconciler off': [
    {
      file: '/services/supervisor/src/reconciler.ts',
      piece: `await step('runs', () => wakeRuns(parts))`,
      instead: '',
    },
    {
      file: '/services/supervisor/src/reconciler.ts',
      piece: `await step('deliveries', () => wakeDeliveries(parts))`,
      instead: '',
    },
  ],
  'random ids': [
    {
      file: '/services/worker/src/fetch.ts',
      piece: 'const resultId = contentId(run.id, part, sha256)',
      instead: 'const resultId = crypto.randomUUID()',
    },
    {
      file: '/services/worker/src/sink.ts',
      piece: 'id: documentId(delivery.stream, record.key),',
      instead: 'id: documentId(delivery.stream, record.key) + crypto.randomUUID(),',
    },
  ],
  'acknowledge before upsert': [
    {
      file: '/services/worker/src/sink.ts',
      piece: 'if (batch.length > 0) await upsert(sink, batch, dependencies)',
      instead:
        'await Promise.all([...open].map((parcel) => settle(parcel, dependencies))); if (batch.length > 0) await upsert(sink, batch, dependencies)',
    },
  ],
}

/**
 * The text of a module as a mutant has it; undefined where the mutant leaves it alone.
 * @throws Error when a piece is not there exactly once: then the mutant would prove nothing.
 */
export function mutate(name: string, url: string, source: () => string): string | undefined {
  const mutations = mutants[name]
  if (mutations === undefined) throw new Error(`There is no mutant "${name}"`)
  const own = mutations.filter(({ file }) => new URL(url).pathname.endsWith(file))
  if (own.length === 0) return undefined
  return own.reduce((text, { file, piece, instead }) => {
    const parts = text.split(piece)
    if (parts.length !== 2) throw new Error(`The mutant "${name}" looks for a piece that is ${parts.length - 1} times in ${file}`)
    return parts.join(instead)
  }, source())
}
