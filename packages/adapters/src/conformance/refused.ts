import type { Adapter } from '@data-weaver/contracts'
import { expect } from 'vitest'
import { parseConfig } from '../config.ts'

/** The endpoint of a start message is refused with a problem of the field `endpoint`; a key in it (`mykey`) is not said again. */
export function expectEndpointRefused(configOf: (endpoint: string) => unknown, endpoint: string, problem: string): void {
  const errors = [expect.objectContaining({ field: 'endpoint', problem })]
  const refusal = { code: 'invalid_config', message: `endpoint ${problem}`, errors }
  expect(() => configOf(endpoint)).toThrow(expect.objectContaining(refusal))
  expect(() => configOf(endpoint)).not.toThrow(/mykey/)
}

/** A configuration is refused with this in the message, whatever else is right. */
export function expectConfigRefused(adapter: Adapter, config: unknown, secretNames: readonly string[], message: string): void {
  const refusal = { code: 'invalid_config', message: expect.stringContaining(message) as string }
  expect(() => parseConfig(adapter, config, secretNames)).toThrow(expect.objectContaining(refusal))
}
