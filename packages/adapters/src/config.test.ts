import { WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { http } from '../http/index.ts'
import { iqair } from '../iqair/index.ts'
import { parseConfig } from './config.ts'

function refusal(run: () => unknown): Pick<WeaverError, 'code' | 'errors' | 'message'> {
  try {
    run()
  } catch (error) {
    if (error instanceof WeaverError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('parseConfig', () => {
  it('accepts what is right and fills in defaults', () => {
    expect(parseConfig(iqair, iqair.example, ['key'])).toEqual(iqair.example)
    expect(parseConfig(http, http.example, ['key'])).toEqual({ ...http.example, request: { method: 'GET', ...http.example.request } })
  })

  it('names the fields at fault below `config`', () => {
    const error = refusal(() => parseConfig(iqair, { resource: 'city', city: 'Paris', lat: 1 }, ['key']))
    expect(error.code).toBe('invalid_config')
    expect(error.errors.map(({ field, problem }) => `${field} ${problem}`)).toEqual([
      'config.state is missing',
      'config.country is missing',
      'config.lat is not a known field',
    ])
    expect(refusal(() => parseConfig(iqair, { resource: 'planets' }, ['key'])).message).toMatch(
      /^config.resource must be one of "nearest_city", "city"/,
    )
    expect(refusal(() => parseConfig(iqair, {}, ['key'])).message).toBe('config.resource is missing')
  })

  it('asks for the secrets that are needed', () => {
    const error = refusal(() => parseConfig(iqair, iqair.example, []))
    expect(error).toMatchObject({ code: 'missing_secret', message: 'secrets.key is missing' })
    expect(error.errors).toEqual([{ field: 'secrets.key', problem: 'is missing', hint: expect.stringContaining('API key') }])
    expect(refusal(() => parseConfig(http, http.example, ['token']))).toMatchObject({
      code: 'missing_secret',
      message: 'secrets.key is missing',
    })
  })

  it('refuses secrets that no adapter knows, and leaves those of http to its configuration', () => {
    const error = refusal(() => parseConfig(iqair, iqair.example, ['key', 'kee']))
    expect(error.code).toBe('invalid_config')
    expect(error.errors).toEqual([{ field: 'secrets.kee', problem: 'is not a known secret', hint: 'Known secrets: key.' }])
    expect(() => parseConfig(http, http.example, ['key', 'other'])).not.toThrow()
  })

  it('finds a wrong configuration before a missing secret', () => {
    expect(refusal(() => parseConfig(iqair, { resource: 'nearest_city', lat: 1 }, [])).message).toBe('config.lon is missing')
  })
})
