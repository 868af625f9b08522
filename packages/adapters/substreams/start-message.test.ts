import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { expectEndpointRefused } from '../src/conformance/refused.ts'
import { substreams } from './index.ts'
import { configOfEndpoint } from './start-message.ts'

const spkg = 'https://packages.example.com/a.spkg?v=1'
const query = `package=${encodeURIComponent(spkg)}&module=map_transfers`

describe('the endpoint of a start message', () => {
  it.each([
    [
      `https://eth.example:443?${query}`,
      {
        endpoint: 'https://eth.example',
        package: { from: 'url', url: spkg },
        module: 'map_transfers',
        primaryKey: ['_block.number', '_index'],
      },
    ],
    [
      `http://127.0.0.1:9000/eth/?${query}&records=transfers&key=trx_hash,log_index&start=-100&stop=5000&network=sepolia&params=a%3Db&final=true`,
      {
        endpoint: 'http://127.0.0.1:9000/eth',
        package: { from: 'url', url: spkg },
        module: 'map_transfers',
        records: 'transfers',
        primaryKey: ['trx_hash', 'log_index'],
        startBlock: -100,
        stopBlock: 5000,
        network: 'sepolia',
        params: { map_transfers: 'a=b' },
        finalBlocksOnly: true,
      },
    ],
  ])('%s', (text, config) => {
    expect(configOfEndpoint(text)).toEqual(config)
    expect(parseConfig(substreams, config, ['token'])).toMatchObject(config)
  })

  it.each([
    ['eth.example', 'is not an http or https URL'],
    [`https://eth.example?module=m`, 'has no `package` in its query'],
    [`https://eth.example?package=${spkg}`, 'has no `module` in its query'],
    [`https://eth.example?${query}&token=mykey`, 'has the key in it'],
    [`https://me:mykey@eth.example?${query}`, 'has the key in it'],
    [`https://eth.example?${query}&start=soon`, 'has a `start` that is not a whole number'],
    [`https://eth.example?${query}&stop=-1`, 'has a `stop` that is not a whole number'],
    [`https://eth.example?${query}&final=1`, 'has a `final` that is neither true nor false'],
    [`https://eth.example?${query}&limit=5`, 'has the parameter "limit", which is not known here'],
  ])('%s is refused', (text, problem) => expectEndpointRefused(configOfEndpoint, text, problem))
})
