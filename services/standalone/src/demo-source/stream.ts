import type { StreamCreate } from '@data-weaver/contracts'

/**
 * The live feed: earthquakes of the last hour, made anew each minute. To point the demo stream at it, put this address in the place
 * of the demo source's, in the one line `config.request.url`; everything else fits as it is, since the demo source answers in the
 * feed's own form (a query parameter it does not know does not matter to the feed, and it has one page, without `metadata.next`).
 * An interval of a minute is enough then.
 */
export const liveFeedUrl = 'https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/all_hour.geojson'

export const demoStreamName = 'earthquakes'

/** The demo stream: the ordinary `http` adapter in an ordinary configuration. */
export function demoStream(feedUrl: string): StreamCreate {
  return {
    name: demoStreamName,
    adapter: 'http',
    config: demoConfig(feedUrl),
    schedule: { every: 2000 },
    timeout: 30_000,
    transform: {
      fields: {
        title: { path: 'properties.title', required: true },
        place: 'properties.place',
        magnitude: { path: 'properties.mag', convert: 'number' },
        time: { path: 'properties.time', convert: 'epochMillis' },
        updated: { path: 'properties.updated', convert: 'epochMillis' },
        status: 'properties.status',
        felt: { path: 'properties.felt', default: 0 },
        longitude: 'geometry.coordinates.0',
        latitude: 'geometry.coordinates.1',
        depthKm: 'geometry.coordinates.2',
        url: 'properties.url',
      },
    },
    sinks: [{ type: 'postgres' }],
  }
}

export const demoConfig = (feedUrl: string): StreamCreate['config'] => ({
  request: { url: feedUrl },
  records: { path: 'features' },
  primaryKey: ['id'],
  pagination: { type: 'next', in: 'body', path: 'metadata.next' },
  incremental: { path: 'properties.updated', parameter: 'updatedafter', order: 'number' },
})
