/** One field as it is shown in a card. */
export interface Reading {
  readonly name: string
  readonly text: string
  readonly isTime: boolean
}

export interface Shape {
  readonly kind: 'post' | 'price' | 'event' | 'air' | 'plain'
  readonly title: string | undefined
  readonly text: string | undefined
  /** The figure that stands before the card, as text. */
  readonly lead: string | undefined
  readonly leadName: string | undefined
  readonly leadUnit: string | undefined
  /** How much the figure weighs: colours the card. */
  readonly weight: 'low' | 'middle' | 'high' | undefined
  readonly rest: readonly Reading[]
}

type Fields = Readonly<Record<string, unknown>>

/** Fields that a card shows at most beside its title and figure. */
const mostFacts = 6
/** Longest text of a card, characters. */
const longestText = 500

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d/
const money = new Intl.NumberFormat('en', { maximumSignificantDigits: 8 })

/** The first of these fields that holds something, by its name in any case. */
function pick(fields: Fields, ...names: readonly string[]): readonly [string, string] | undefined {
  for (const name of names) {
    const found = Object.entries(fields).find(([key]) => key.toLowerCase() === name)
    if (found === undefined) continue
    const value = scalar(found[1])
    if (value !== undefined && value !== '') return [found[0], value]
  }
  return undefined
}

function scalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'object' && value !== null) {
    const { name, acct, username, displayName, display_name: shown } = value as Readonly<Record<string, unknown>>
    return [shown, displayName, name, acct, username].find((one): one is string => typeof one === 'string' && one !== '')
  }
  return undefined
}

/** Posts often come as HTML. Parsed apart from the page, so nothing of it runs or loads. */
const plainText = (html: string): string =>
  /<[a-z/]/i.test(html)
    ? (new DOMParser().parseFromString(html.replaceAll(/<(br|\/p)[^>]*>/gi, '\n'), 'text/html').body.textContent ?? '').trim()
    : html

const weightOf = (value: string, middle: number, high: number): Shape['weight'] =>
  Number(value) >= high ? 'high' : Number(value) >= middle ? 'middle' : 'low'

/** What a document is, read from the names of its fields. What fits nothing is shown plainly. */
export function readDocument(fields: Fields): Shape {
  const author = pick(fields, 'author', 'account', 'user', 'by', 'acct')
  const content = pick(fields, 'content', 'text', 'body', 'message', 'description', 'summary')
  const price = pick(fields, 'price', 'close', 'last', 'current_price', 'rate')
  const magnitude = pick(fields, 'magnitude', 'mag')
  const aqi = pick(fields, 'aqi', 'aqius')
  if (magnitude !== undefined) {
    const place = pick(fields, 'place', 'title', 'location')
    return shape('event', fields, { title: place, lead: magnitude, weight: weightOf(magnitude[1], 3, 5) })
  }
  if (aqi !== undefined) {
    const place = pick(fields, 'city', 'place', 'station', 'name')
    return shape('air', fields, { title: place, lead: aqi, unit: 'AQI', weight: weightOf(aqi[1], 51, 101) })
  }
  if (price !== undefined && Number.isFinite(Number(price[1]))) {
    const what = pick(fields, 'symbol', 'name', 'coin', 'pair', 'id')
    const unit = pick(fields, 'currency', 'quote', 'vs_currency')
    return shape('price', fields, { title: what, lead: [price[0], money.format(Number(price[1]))], unit: unit?.[1] ?? undefined })
  }
  if (author !== undefined && content !== undefined) return shape('post', fields, { title: author, text: content })
  const title = pick(fields, 'title', 'name', 'headline', 'subject', 'label', 'id')
  return shape('plain', fields, { title, text: content === title ? undefined : content })
}

interface Parts {
  readonly title?: readonly [string, string] | undefined
  readonly text?: readonly [string, string] | undefined
  readonly lead?: readonly [string, string]
  readonly unit?: string | undefined
  readonly weight?: Shape['weight']
}

function shape(kind: Shape['kind'], fields: Fields, { title, text, lead, unit, weight }: Parts): Shape {
  const used = new Set([title?.[0], text?.[0], lead?.[0]])
  const rest = Object.entries(fields).flatMap(([name, value]): Reading[] => {
    const said = used.has(name) ? undefined : scalar(value)
    // An address says little in a card, and a text that repeats the title says nothing.
    const idle = said === undefined || said.length > 120 || /^https?:/.test(said) || (title !== undefined && said.includes(title[1]))
    return idle ? [] : [{ name, text: said, isTime: isoTime.test(said) }]
  })
  return {
    kind,
    title: title?.[1],
    text: text === undefined ? undefined : plainText(text[1]).slice(0, longestText),
    lead: lead?.[1],
    leadName: lead?.[0],
    leadUnit: unit,
    weight,
    rest: rest.slice(0, mostFacts),
  }
}
