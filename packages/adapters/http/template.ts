import { type FieldProblem, type Json, WeaverError } from '@data-weaver/contracts'

export type Scalar = string | number | boolean

/** What placeholders stand for in one request. What stands for `{{config.name}}` is put in before, once. */
export interface Scope {
  readonly cursor: Scalar | undefined
  readonly partition: Readonly<Record<string, Scalar>>
}

/** A text with places to fill in. It is undefined where a placeholder stands for nothing yet. */
export type Template = (scope: Scope) => string | undefined

const placeholder = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/g

/** The names of all placeholders in a text. Whatever else is in braces is text. */
export const placeholdersIn = (text: string): string[] => Array.from(text.matchAll(placeholder), ([, name]) => name as string)

export interface Writing {
  readonly values: Readonly<Record<string, Scalar>>
  /** How `{{config.name}}` is written here. Default: as it is. */
  readonly writeConfig?: (text: string) => string
  /** How the others are written here. Default: as they are. */
  readonly write?: (text: string) => string
}

const asItIs = (text: string): string => text

/** @throws WeaverError `invalid_config` for a placeholder that is not known; {@link placeholderProblems} finds it before. */
export function template(text: string, { values, writeConfig = asItIs, write = asItIs }: Writing): Template {
  const names = placeholdersIn(text)
  if (names.length === 0) return () => text
  const literals = text.split(placeholder).filter((_, index) => index % 2 === 0)
  const parts = names.map((name) => value(name, values))
  return (scope) => {
    let filled = literals[0] as string
    for (const [index, part] of parts.entries()) {
      const found = part.of(scope)
      if (found === undefined) return undefined
      filled += (part.config ? writeConfig : write)(String(found)) + (literals[index + 1] as string)
    }
    return filled
  }
}

interface Part {
  readonly config: boolean
  readonly of: (scope: Scope) => Scalar | undefined
}

function value(name: string, values: Readonly<Record<string, Scalar>>): Part {
  if (name === 'cursor') return { config: false, of: ({ cursor }) => cursor }
  const [, kind, key = ''] = /^(config|partition)\.(.+)$/.exec(name) ?? []
  if (kind === 'partition') return { config: false, of: ({ partition }) => (Object.hasOwn(partition, key) ? partition[key] : undefined) }
  const constant = kind === 'config' && Object.hasOwn(values, key) ? values[key] : undefined
  if (constant === undefined) throw new WeaverError('invalid_config', `There is no placeholder {{${name}}}.`)
  return { config: true, of: () => constant }
}

const whole = /^\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}$/

/** A JSON with placeholders in its texts. A text that is nothing but a placeholder becomes the value, number or not. */
export function jsonTemplate(json: Json, writing: Writing): (scope: Scope) => Json | undefined {
  if (!placeholdersInJson(json)) return () => json
  if (typeof json === 'string') {
    const [, name] = whole.exec(json) ?? []
    return name === undefined ? template(json, writing) : value(name, writing.values).of
  }
  if (Array.isArray(json)) {
    const items = (json as readonly Json[]).map((item) => jsonTemplate(item, writing))
    return (scope) => items.map((item) => item(scope)).filter((item) => item !== undefined)
  }
  const entries = Object.entries(json as object).map(([key, inner]) => [key, jsonTemplate(inner as Json, writing)] as const)
  return (scope) => {
    const filled = entries.map(([key, inner]) => [key, inner(scope)] as const)
    return Object.fromEntries(filled.filter((entry): entry is [string, Json] => entry[1] !== undefined))
  }
}

function placeholdersInJson(json: Json): boolean {
  if (typeof json === 'string') return placeholdersIn(json).length > 0
  return typeof json === 'object' && json !== null && Object.values(json).some((inner) => placeholdersInJson(inner))
}

/** What is wrong with the placeholders of a text, given those that are known there. */
export function* placeholderProblems(field: string, text: string, known: ReadonlySet<string>): Generator<FieldProblem> {
  for (const name of new Set(placeholdersIn(text))) {
    if (known.has(name)) continue
    const problem = `has the placeholder {{${name}}}, which is not known here`
    if (/^secrets?\b/.test(name))
      yield { field, problem, hint: 'Secrets go through `auth` only, where they are kept out of what is stored.' }
    else yield { field, problem, hint: known.size === 0 ? 'None are known here.' : `Known here: ${[...known].join(', ')}.` }
  }
}

/** {@link placeholderProblems} of all texts in a JSON. */
export function* jsonPlaceholderProblems(field: string, json: Json, known: ReadonlySet<string>): Generator<FieldProblem> {
  if (typeof json === 'string') yield* placeholderProblems(field, json, known)
  else if (typeof json === 'object' && json !== null)
    for (const [key, inner] of Object.entries(json)) yield* jsonPlaceholderProblems(`${field}.${key}`, inner, known)
}
