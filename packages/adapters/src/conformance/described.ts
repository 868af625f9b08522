import type { Adapter } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { adapterIdPattern } from '../adapter-id.ts'
import { parseConfig } from '../config.ts'

interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: unknown
  readonly anyOf?: readonly SchemaNode[]
  readonly items?: SchemaNode
}

/** What an adapter says of itself, on which forms, documentation and error messages are built. */
export function describeDeclaration(adapter: Adapter): void {
  describe('declaration', () => {
    it('has an id, a summary and a mode', () => {
      expect(adapter.id).toMatch(adapterIdPattern)
      expect(adapter.summary).toMatch(/^[A-Z].{10,200}\.$/)
      expect(['poll', 'live']).toContain(adapter.mode)
    })

    it('describes each field of its configuration and each secret', () => {
      expect([...undescribed(adapter.config, 'config'), ...undescribed(adapter.secrets, 'secrets')]).toEqual([])
    })

    it('refuses fields that it does not know, everywhere', () => {
      expect([...open(adapter.config, 'config')]).toEqual([])
    })

    it('has an example that its own schema accepts, and so are the examples in the schema', () => {
      const names = Object.keys(adapter.secrets.properties)
      const inSchema = (adapter.config as { examples?: readonly unknown[] }).examples ?? []
      for (const example of [adapter.example, ...inSchema]) {
        const known = [...names, ...mentionedSecrets(example)]
        expect(() => parseConfig(adapter, example, known), JSON.stringify(example)).not.toThrow()
      }
    })

    it('refuses what is no configuration at all', () => {
      for (const config of [null, [], 'text', 5, { no_such_field: 1 }]) {
        expect(() => parseConfig(adapter, config, Object.keys(adapter.secrets.properties))).toThrow(
          expect.objectContaining({ code: 'invalid_config' }),
        )
      }
    })
  })
}

function* undescribed(node: SchemaNode, path: string): Generator<string> {
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    if ((property.description ?? '') === '') yield `${path}.${name}`
    yield* undescribed(property, `${path}.${name}`)
  }
  for (const branch of node.anyOf ?? []) yield* undescribed(branch, path)
  if (node.items !== undefined) yield* undescribed(node.items, `${path}[]`)
}

function* open(node: SchemaNode, path: string): Generator<string> {
  if (node.type === 'object' && node.properties !== undefined && node.additionalProperties !== false) yield path
  for (const [name, property] of Object.entries(node.properties ?? {})) yield* open(property, `${path}.${name}`)
  for (const branch of node.anyOf ?? []) yield* open(branch, path)
  if (node.items !== undefined) yield* open(node.items, `${path}[]`)
}

/** An adapter whose secrets are named by its configuration mentions them there as `secret`, or in a text as `{{secret.<name>}}`. */
export function mentionedSecrets(value: unknown): string[] {
  if (typeof value === 'string') return Array.from(value.matchAll(/\{\{\s*secret\.(\w+)\s*\}\}/g), ([, name]) => name as string)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner === 'string' && /(?:^s|S)ecret$/.test(key)) return [inner]
    return key === 'secrets' ? Object.values(inner as object).filter((name) => typeof name === 'string') : mentionedSecrets(inner)
  })
}
