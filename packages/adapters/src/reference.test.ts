import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { mentionedSecrets } from './conformance/described.ts'
import { adapterReference } from './reference.ts'
import { adapters } from './registry.ts'

const notesOf = (id: string) => readFileSync(new URL(`../${id}/readme.md`, import.meta.url), 'utf8')
const docs = new URL('../../../docs/adapters/', import.meta.url)

it('there is a page for each adapter and no other', () => {
  expect(readdirSync(docs).toSorted()).toEqual(adapters.map(({ id }) => `${id}.md`).toSorted())
})

describe.each(adapters.map((adapter) => [adapter.id, adapter] as const))('the page of %s', (id, adapter) => {
  const page = readFileSync(new URL(`${id}.md`, docs), 'utf8')

  it('is what the schema and the notes make', () => {
    expect(page).toBe(adapterReference(adapter, notesOf(id)))
    expect(adapterReference(adapter, notesOf(id))).toBe(adapterReference(adapter, notesOf(id)))
  })

  it('has only examples that are valid, the one of the adapter among them', () => {
    const examples = Array.from(page.matchAll(/```json\n(.*?)```/gs), ([, json]) => JSON.parse(json ?? '') as unknown)
    expect(examples.length).toBeGreaterThan(1)
    expect(examples[0]).toEqual(adapter.example)
    for (const example of examples) {
      const names = [...Object.keys(adapter.secrets.properties), ...mentionedSecrets(example)]
      expect(() => parseConfig(adapter, example, names), JSON.stringify(example)).not.toThrow()
    }
  })

  it('names each field and each secret', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    for (const name of [...fieldsOf(adapter.config), ...Object.keys(adapter.secrets.properties)]) {
      expect(
        rows.some((row) => row.startsWith(`| \`${name}\` |`)),
        name,
      ).toBe(true)
    }
  })
})

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly anyOf?: readonly SchemaNode[]
}

function fieldsOf(node: SchemaNode, path = ''): string[] {
  const inner = Object.entries(node.properties ?? {}).flatMap(([name, property]) => {
    const field = path === '' ? name : `${path}.${name}`
    return [field, ...fieldsOf(property, field)]
  })
  return [...inner, ...(node.anyOf ?? []).flatMap((branch) => fieldsOf(branch, path))]
}
