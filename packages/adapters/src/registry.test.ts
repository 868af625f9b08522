import { readdirSync } from 'node:fs'
import { WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { adapter, adapterForName, adapters } from './registry.ts'

const folder = new URL('..', import.meta.url)
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['src', 'node_modules'].includes(entry.name))
  .map((entry) => entry.name)

describe('the registry', () => {
  it('has an adapter for each folder, by its name', () => {
    expect(adapters.map(({ id }) => id).toSorted()).toEqual(folders.toSorted())
  })

  it('finds an adapter by id, or names those that there are', () => {
    expect(adapter('iqair').id).toBe('iqair')
    let thrown: unknown
    try {
      adapter('IQAIR')
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(WeaverError)
    expect(thrown).toMatchObject({
      code: 'unknown_adapter',
      message: expect.stringContaining('there are: coingecko, coinranking, http, iqair'),
    })
  })

  it.each([
    ['IQAIR_DAILY', 'iqair'],
    ['iqair_madrid_air', 'iqair'],
    ['Http_items', 'http'],
    ['IQAIR', undefined],
    ['IQAIRS_DAILY', undefined],
    ['_IQAIR', undefined],
    ['madrid-air', undefined],
    ['', undefined],
  ])('the name %s finds %s', (name, id) => {
    expect(adapterForName(name)?.id).toBe(id)
  })
})
