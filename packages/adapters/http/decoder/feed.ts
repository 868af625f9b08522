import { type Json, type JsonObject, WeaverError } from '@data-weaver/contracts'
import { lookup } from '../../src/path.ts'
import { millisOf } from '../order.ts'
import type { BodyReader } from './decoder.ts'
import { parseXml } from './xml.ts'

/** RSS 0.9x to 2.0, RSS 1.0 (RDF) and Atom, with the same fields for all. */
export const feedBody: BodyReader = (body, contentType) => {
  const json = parseXml(body, contentType)
  const atom = lookup(json, ['feed'])
  if (atom !== undefined) return { json, rows: list(lookup(atom, ['entry'])).map(atomEntry) }
  const channel = lookup(json, ['rss', 'channel'])
  if (channel !== undefined) return { json, rows: list(lookup(channel, ['item'])).map(rssItem) }
  const rdf = lookup(json, ['rdf:RDF'])
  if (rdf !== undefined) return { json, rows: list(lookup(rdf, ['item'])).map(rssItem) }
  throw new WeaverError('source_malformed', 'The answer is no feed: it is neither RSS nor Atom.')
}

const list = (value: Json | undefined): readonly Json[] =>
  value === undefined || value === '' ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value]

/** The text of the first of these elements that has one. */
function text(item: Json, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const [first] = list(lookup(item, [name]))
    const value = typeof first === 'string' ? first : lookup(first, ['#text'])
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** Times of feeds are ISO 8601 or RFC 822, without a zone in UTC wherever the worker runs; one that is neither stays as it is. */
function time(written: string | undefined): string | undefined {
  if (written === undefined) return undefined
  const zoned = /(?:[+-]\d\d:?\d\d|\b[A-Z]{1,5})\)?$/.test(written.trim()) ? written : `${written} GMT`
  const ms = millisOf(written) ?? Date.parse(zoned)
  return Number.isNaN(ms) ? written : new Date(ms).toISOString()
}

function rssItem(item: Json): JsonObject {
  const link = text(item, 'link') ?? attribute(item, 'atom:link', 'href')
  return present({
    id: text(item, 'guid') ?? attribute(item, undefined, 'rdf:about') ?? link,
    title: text(item, 'title'),
    link,
    summary: text(item, 'description'),
    content: text(item, 'content:encoded'),
    author: text(item, 'dc:creator', 'author', 'itunes:author'),
    categories: texts(item, ['category', 'dc:subject']),
    published: time(text(item, 'pubDate', 'dc:date')),
    updated: time(text(item, 'atom:updated', 'dcterms:modified')),
  })
}

function atomEntry(entry: Json): JsonObject {
  const links = list(lookup(entry, ['link']))
  const own = links.find((link) => [undefined, 'alternate'].includes(lookup(link, ['@rel']) as string | undefined)) ?? links[0]
  const link = own === undefined ? undefined : lookup(own, ['@href'])
  const categories = list(lookup(entry, ['category'])).map((category) => lookup(category, ['@term']))
  return present({
    id: text(entry, 'id') ?? link,
    title: text(entry, 'title'),
    link,
    summary: text(entry, 'summary'),
    content: text(entry, 'content'),
    author: text(lookup(entry, ['author']) ?? null, 'name'),
    categories: categories.filter((term) => typeof term === 'string'),
    published: time(text(entry, 'published')),
    updated: time(text(entry, 'updated')),
  })
}

function attribute(item: Json, element: string | undefined, name: string): string | undefined {
  const holder = element === undefined ? item : list(lookup(item, [element]))[0]
  const value = lookup(holder, [`@${name}`])
  return typeof value === 'string' && value !== '' ? value : undefined
}

const texts = (item: Json, names: readonly string[]): string[] =>
  names
    .flatMap((name) => list(lookup(item, [name])).map((one) => (typeof one === 'string' ? one : lookup(one, ['#text']))))
    .filter((one): one is string => typeof one === 'string' && one !== '')

const present = (fields: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, Json] => entry[1] !== undefined && !(Array.isArray(entry[1]) && entry[1].length === 0),
    ),
  )
