import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type FieldProblem, type Json, parse, Transform, WeaverError } from '@data-weaver/contracts'
import { UsageError } from '../failure.ts'
import type { Given } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'

/** Longest secret, characters, as the API takes it. */
const longestSecret = 16_384

const invalid = (error: FieldProblem, cause?: unknown): WeaverError =>
  new WeaverError('invalid_request', `${error.field} ${error.problem}`, { errors: [error], cause })

async function textOf(option: string, path: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const problem = code === 'ENOENT' ? `names ${path}, which is not there` : `names ${path}, which cannot be read (${code ?? 'unknown'})`
    throw invalid({ field: option, problem, hint: `Looked for it at ${resolve(cwd, path)}.` }, cause)
  }
}

/** The JSON of a file. @throws WeaverError `invalid_request` naming the option and the file. */
export async function jsonFile(option: string, path: string, cwd: string): Promise<Json> {
  const text = await textOf(option, path, cwd)
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw invalid({ field: option, problem: `names ${path}, which is not valid JSON: ${(cause as Error).message}` }, cause)
  }
}

/** `--transform file.json`, or undefined. */
export async function transformOf(given: Given, { cwd }: Surroundings): Promise<Transform | undefined> {
  const path = given.text('transform')
  return path === undefined ? undefined : parse(Transform, await jsonFile('--transform', path, cwd), 'invalid_transform', 'transform')
}

/** `--cursor`, as JSON or as `@file`; null without it. */
export async function cursorOf(given: Given, { cwd }: Surroundings): Promise<Json | null> {
  const text = given.text('cursor')
  if (text === undefined) return null
  if (text.startsWith('@')) return await jsonFile('--cursor', text.slice(1), cwd)
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new UsageError('--cursor is not valid JSON.', 'Pass a cursor as a page showed it, in single quotes, or @file.')
  }
}

/**
 * The secrets of `--secret name=@file` and `--secret name=env:VARIABLE`. Values themselves are refused: a command line can be read by everybody
 * on the machine, and stays in the history of the shell.
 */
export async function secretsOf(given: Given, { cwd, environment }: Surroundings): Promise<Map<string, string>> {
  const secrets = new Map<string, string>()
  for (const entry of given.list('secret')) {
    const [, name = '', kind, place = ''] = /^([A-Za-z][A-Za-z0-9_]{0,63})=(@|env:)(.+)$/s.exec(entry) ?? []
    const option = `--secret ${name}`
    if (kind === undefined) {
      // What was typed may be the secret: it is not repeated.
      throw new UsageError('--secret must be name=@file or name=env:VARIABLE.', 'A value itself does not belong on a command line.')
    }
    if (secrets.has(name)) throw new UsageError(`${option} is given twice.`, 'Give each secret once.')
    const value = kind === '@' ? (await textOf(option, place, cwd)).trimEnd() : environment[place]
    if (value === undefined || value === '') {
      const problem = kind === '@' ? `names ${place}, which is empty` : `names the variable ${place}, which is not set`
      throw invalid({ field: option, problem, hint: 'It is where the value of the secret must be.' })
    }
    if (value.length > longestSecret) throw invalid({ field: option, problem: `has more than ${longestSecret} characters` })
    secrets.set(name, value)
  }
  return secrets
}
