import type { Fleet } from './fleet.ts'
import type { Shape, Truth } from './truth.ts'

/** What the streams of a campaign are like. Together they pass every step of a run in every way. */
export const workload: Readonly<Record<string, { readonly shape: Shape; readonly every: number }>> = {
  // Several pages with a checkpoint after each.
  paged1: { shape: { pages: 3, perPage: 5, delayMs: 60 }, every: 1000 },
  paged2: { shape: { pages: 3, perPage: 5, delayMs: 60 }, every: 1000 },
  paged3: { shape: { pages: 3, perPage: 8, delayMs: 60, blind: true }, every: 1200 },
  paged4: { shape: { pages: 2, perPage: 3, delayMs: 30, blind: true }, every: 900 },
  // One page with records that no document can be made of.
  mixed1: { shape: { pages: 1, perPage: 10, bad: 2 }, every: 800 },
  mixed2: { shape: { pages: 2, perPage: 6, bad: 1, delayMs: 30 }, every: 1200 },
  // Sources that fail now and then: their runs report an end and wait for another attempt.
  flaky1: { shape: { pages: 2, perPage: 4, flaky: 0.4 }, every: 800 },
  flaky2: { shape: { pages: 1, perPage: 4, flaky: 0.5, events: true }, every: 700 },
  // Each page has records that never come again.
  events1: { shape: { pages: 1, perPage: 3, events: true, delayMs: 30 }, every: 600 },
  events2: { shape: { pages: 3, perPage: 4, events: true, bad: 1, delayMs: 60 }, every: 1100 },
  // The same bytes several times: another attempt of the same content is the same result.
  steady1: { shape: { pages: 1, perPage: 8, steady: 4 }, every: 700 },
  steady2: { shape: { pages: 1, perPage: 8, steady: 4, delayMs: 40 }, every: 900 },
  // More documents than go into one call to a sink.
  wide: { shape: { pages: 1, perPage: 620 }, every: 1500 },
  // Runs longer than their interval.
  slow: { shape: { pages: 3, perPage: 4, delayMs: 900 }, every: 1000 },
}

const lastKnown = { on: 'total', path: 'pages', counts: 'pages' }
const retry = { attempts: 100, delay: 50, maxDelay: 500 }

/** Makes and starts a stream that walks over the pages of its source. */
export async function startStream(fleet: Fleet, truth: Truth, name: string, shape: Shape, schedule: object): Promise<void> {
  truth.shapes.set(name, shape)
  const paged = shape.pages > 1
  await fleet.api().post('/v1/streams', {
    name,
    adapter: 'http',
    config: {
      request: { url: `${truth.url}/${name}` },
      records: { path: 'items' },
      primaryKey: ['id'],
      ...(paged ? { pagination: { type: 'page', parameter: 'page', ...(shape.blind === true ? {} : { stop: lastKnown }) } } : {}),
    },
    schedule,
    timeout: 30_000,
    retry,
  })
  await fleet.api().post(`/v1/streams/${name}/start`)
}

export async function startWorkload(fleet: Fleet, truth: Truth): Promise<void> {
  for (const [name, { shape, every }] of Object.entries(workload)) await startStream(fleet, truth, name, shape, { every })
}
