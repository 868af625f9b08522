import { describeAdapter, type Scenario } from '../src/conformance.ts'
import { coinranking } from './index.ts'

const dollar = 'yhjMzLPhuIDl'
const coins = ['a', 'b', 'c', 'd', 'e'].map((uuid) => ({ uuid, symbol: uuid.toUpperCase(), name: uuid, price: '1.5', marketCap: '100' }))
const keys = (...ids: string[]) => ids.map((id) => [id, dollar])
const time = '2026-03-01T10:13:20.000Z'

const success = (data: object) => ({ status: 'success', data })
const refused = { status: 401, body: { status: 'fail', type: 'AUTHENTICATION_ERROR', message: 'no key' } }
const wrong = { status: 422, body: { status: 'fail', type: 'VALIDATION_ERROR', message: 'what?' } }

interface Described extends Omit<Scenario, 'config' | 'secretNames' | 'answer'> {
  readonly config: object
  readonly path: string
  readonly query: string
  data(offset: number): object
}

/** Asks with exactly this query, in this order, without what pages add to it. */
const scenario = ({ config, path, query, data, ...rest }: Described): Scenario => ({
  ...rest,
  secretNames: ['key'],
  config: (origin) => ({ endpoint: `${origin}/v2`, ...config }),
  answer({ url, headers }, { key }) {
    const rapid = 'access' in config
    if (headers[rapid ? 'x-rapidapi-key' : 'x-access-token'] !== key) return refused
    if (rapid && headers['x-rapidapi-host'] !== 'coinranking1.p.rapidapi.com') return refused
    const offset = Number(url.searchParams.get('offset') ?? 0)
    url.searchParams.delete('offset')
    const right =
      url.pathname === `/v2/${path}` && decodeURIComponent(url.search) === `?referenceCurrencyUuid=${dollar}&timePeriod=${query}`
    return right ? { body: success(data(offset)) } : wrong
  },
})

const page = (offset: number, stats: object) => ({ stats, coins: coins.slice(offset, offset + 2) })

describeAdapter({
  adapter: coinranking,
  scenarios: [
    scenario({
      name: 'coins, to the total',
      config: { resource: 'coins', pageSize: 2, symbols: ['A', 'B'], tags: ['t'], search: 'x' },
      path: 'coins',
      query: '24h&symbols[]=A&symbols[]=B&tags[]=t&search=x&orderBy=marketCap&orderDirection=desc&limit=2',
      data: (offset) => page(offset, { total: 5 }),
      pages: [keys('a', 'b'), keys('c', 'd'), keys('e')],
      irregular: {
        body: success({ stats: { total: 5 }, coins: [coins[0], { name: 'no id' }, coins[0], 'text', null, { ...coins[1], price: 'N/A' }] }),
        keys: [['a', dollar], null, ['a', dollar], null, null, null],
      },
    }),
    scenario({
      name: 'coins by RapidAPI, without a total to the empty page',
      config: { resource: 'coins', access: 'rapidapi', pageSize: 2, orderBy: 'price', orderDirection: 'asc', timePeriod: '7d' },
      path: 'coins',
      query: '7d&orderBy=price&orderDirection=asc&limit=2',
      data: (offset) => page(offset, {}),
      pages: [keys('a', 'b'), keys('c', 'd'), keys('e'), []],
    }),
    scenario({
      name: 'coins, to the largest number of pages',
      config: { resource: 'coins', pageSize: 2, maxPages: 2 },
      path: 'coins',
      query: '24h&orderBy=marketCap&orderDirection=desc&limit=2',
      data: (offset) => page(offset, { total: '5' }),
      pages: [keys('a', 'b'), keys('c', 'd')],
    }),
    scenario({
      name: 'a coin',
      config: { resource: 'coin', uuid: 'a' },
      path: 'coin/a',
      query: '24h',
      data: () => ({ coin: coins[0] }),
      pages: [keys('a')],
      irregular: { body: success({ coin: { name: 'no id' } }), keys: [null] },
    }),
    scenario({
      name: 'a history',
      config: { resource: 'history', uuid: 'a', timePeriod: '7d' },
      path: 'coin/a/history',
      query: '7d',
      data: () => ({ change: '1', history: [{ price: '1.5', timestamp: 1_772_360_000 }] }),
      pages: [[['a', dollar, time]]],
      irregular: {
        body: success({
          history: [
            { price: '1', timestamp: 1_772_360_000 },
            { price: '1' },
            { price: '2', timestamp: 1_772_360_000 },
            { price: null, timestamp: 1 },
            { timestamp: 1 },
            5,
          ],
        }),
        keys: [['a', dollar, time], null, ['a', dollar, time], null, null],
      },
    }),
  ],
})
