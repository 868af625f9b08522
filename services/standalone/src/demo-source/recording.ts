import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** One event of the recorded feed, in the form the United States Geological Survey publishes it (GeoJSON). */
export interface Feature {
  readonly type: 'Feature'
  readonly id: string
  readonly properties: Properties
  readonly geometry: { readonly type: 'Point'; readonly coordinates: readonly [number, number, number] }
}

export interface Properties {
  readonly mag: number | null
  readonly place: string | null
  /** When it happened, milliseconds since the Unix epoch. */
  readonly time: number
  /** When this description of it was written, milliseconds since the Unix epoch. */
  readonly updated: number
  readonly felt: number | null
  readonly status: string
  readonly title: string
  readonly [name: string]: unknown
}

export interface Recording {
  /** In order of time. */
  readonly events: readonly Feature[]
  /** When the feed was recorded, milliseconds since the Unix epoch. All events are older. */
  readonly recordedAt: number
}

/** Reads the week of earthquakes that comes with the package `vega-datasets`: 1,707 events. */
export async function readRecording(): Promise<Recording> {
  // The package exports its entry only; the data lies beside it.
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  const path = join(dirname(entry), '..', 'data', 'earthquakes.json')
  const { features, metadata } = JSON.parse(await readFile(path, 'utf8')) as { features: Feature[]; metadata: { generated: number } }
  const inOrder = features.toSorted((a, b) => a.properties.time - b.properties.time || (a.id < b.id ? -1 : 1))
  return { events: inOrder, recordedAt: metadata.generated }
}
