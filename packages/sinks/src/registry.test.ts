import { existsSync, readdirSync } from 'node:fs'
import { type FieldProblem, parse, type SinkEntry, type WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { parseSinkEntries, sinkKind, sinks } from './index.ts'

const folder = new URL('..', import.meta.url)
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['src', 'node_modules'].includes(entry.name))
  .map((entry) => entry.name)

describe('the registry', () => {
  it('has a sink for each folder, by its name', () => {
    expect(sinks.map(({ id }) => id).toSorted()).toEqual(folders.toSorted())
  })

  it.each(sinks.map((kind) => [kind.id, kind] as const))('%s has a page, a summary and an example that is valid', (id, kind) => {
    expect(existsSync(new URL(`${id}/readme.md`, folder))).toBe(true)
    expect(kind.summary.length).toBeGreaterThan(10)
    expect(parse(kind.options, kind.example, 'invalid_config')).toEqual(kind.example)
  })

  it('finds a sink by id, or names those that there are', () => {
    expect(sinkKind('postgres').id).toBe('postgres')
    for (const id of ['Postgres', '', '__proto__', 'vespa ']) {
      expect(() => sinkKind(id)).toThrow(
        expect.objectContaining({ code: 'unknown_sink', message: expect.stringContaining('Known sinks: postgres, vespa.') }),
      )
    }
  })
})

describe('parseSinkEntries', () => {
  function problems(
    entries: readonly (SinkEntry & Record<string, unknown>)[],
    prefix?: string,
  ): { code: string; errors: readonly FieldProblem[] } {
    try {
      parseSinkEntries(entries, prefix)
    } catch (error) {
      const { code, errors } = error as WeaverError
      return { code, errors }
    }
    throw new Error('expected a failure')
  }

  it('accepts known sinks', () => {
    expect(parseSinkEntries([])).toEqual([])
    expect(parseSinkEntries([{ type: 'postgres' }])).toEqual([{ type: 'postgres' }])
  })

  it('names each field at fault', () => {
    const { code, errors } = problems([{ type: 'postgres', table: 'x', foo: 1 }])
    expect(code).toBe('invalid_config')
    expect(errors.map(({ field }) => field)).toEqual(['sinks.0.table', 'sinks.0.foo'])
    expect(errors[0]).toMatchObject({ problem: 'is not a known field', hint: expect.any(String) })
    expect(problems([{ type: 'postgres', foo: 1 }], 'body.sinks').errors[0]?.field).toBe('body.sinks.0.foo')
  })

  it('names unknown sinks, with the known ones, besides all other problems', () => {
    const { code, errors } = problems([{ type: 'postgres', foo: 1 }, { type: 'postgress' }])
    expect(code).toBe('unknown_sink')
    expect(errors.map(({ field }) => field)).toEqual(['sinks.0.foo', 'sinks.1.type'])
    expect(errors[1]?.hint).toContain('postgres')
  })

  it('refuses the same sink twice', () => {
    const { code, errors } = problems([{ type: 'postgres' }, { type: 'postgres' }, { type: 'postgres' }])
    expect(code).toBe('invalid_config')
    expect(errors.map(({ field, problem }) => `${field} ${problem}`)).toEqual([
      'sinks.1 is the same sink as sinks.0',
      'sinks.2 is the same sink as sinks.0',
    ])
  })

  it('refuses a sink whose setting the process does not have, when it knows what the process has', () => {
    const entries = [{ type: 'vespa' }]
    const complete = [{ type: 'vespa', documentType: 'weaver', namespace: 'weaver', fields: {} }]
    expect(parseSinkEntries(entries)).toEqual(complete)
    expect(parseSinkEntries(entries, 'sinks', { vespaUrl: 'http://vespa:8080' })).toEqual(complete)
    expect(() => parseSinkEntries(entries, 'sinks', {})).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        errors: [expect.objectContaining({ field: 'sinks.0.type', problem: expect.stringContaining('WEAVER_VESPA_URL') })],
      }),
    )
  })

  it('lets no stream say where Vespa is, nor write a field of ours or a name that is none', () => {
    const found = problems([
      { type: 'vespa', endpoint: 'http://169.254.169.254' },
      { type: 'vespa', documentType: 'a/../b' },
      { type: 'vespa', namespace: 'x?y' },
      { type: 'vespa', fields: { weaver_seq: 'n' } },
      { type: 'vespa', fields: { 'a b': 'n' } },
    ])
    expect(found.code).toBe('invalid_config')
    expect(found.errors.map(({ field }) => field)).toEqual([
      'sinks.0.endpoint',
      'sinks.1.documentType',
      'sinks.2.namespace',
      'sinks.3.fields.weaver_seq',
      'sinks.4.fields.a b',
    ])
  })
})
