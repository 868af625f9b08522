import type { TextFile } from './tree.ts'

/**
 * Migrations run while workers of the release before still write. So a migration adds; what it takes away or tightens must be something that the
 * release before neither reads nor breaks, and a comment in it that begins with `Workers from before` says why that holds.
 */
const needsReason: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\bDROP\s+(TABLE|COLUMN|SCHEMA|TYPE|VIEW|SEQUENCE)\b/i, what: 'drops something that may be in use' },
  { pattern: /\bRENAME\b/i, what: 'renames something that may be in use' },
  { pattern: /\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i, what: 'changes the type of a column' },
  { pattern: /\bSET\s+NOT\s+NULL\b/i, what: 'demands a value that was not written before' },
  { pattern: /\bDROP\s+DEFAULT\b/i, what: 'takes a default away' },
  { pattern: /\bADD\s+CONSTRAINT\s+\S+\s+(UNIQUE|CHECK|EXCLUDE|PRIMARY\s+KEY)\b/i, what: 'forbids rows that were allowed before' },
  { pattern: /\bCREATE\s+UNIQUE\s+INDEX\b/i, what: 'forbids rows that were allowed before' },
  { pattern: /\bTRUNCATE\b|\bDELETE\s+FROM\b/i, what: 'deletes rows' },
]

/** Columns that old workers leave out must be filled without them. */
const addsDemand = (statement: string): boolean =>
  /\bADD\s+COLUMN\b/i.test(statement) && /\bNOT\s+NULL\b/i.test(statement) && !/\bDEFAULT\b|\bGENERATED\b/i.test(statement)

/** What workers of the release before would stumble over, by file. The first migration makes everything, and a table that is made in the same file is nobody's yet. */
export function judgeMigrations(files: readonly TextFile[]): readonly string[] {
  const migrations = files.filter(({ path }) => /^migrations\/\d{4}_[a-z0-9_]+\.sql$/.test(path))
  return migrations.flatMap(({ path, text }) =>
    path.startsWith('migrations/0000_') ? [] : judge(text).map((problem) => `${path} ${problem}`),
  )
}

function judge(text: string): readonly string[] {
  const made = new Set([...text.matchAll(/CREATE TABLE ("[a-z_]+"\."[a-z_]+")/g)].map(([, table]) => table))
  const reasoned = /^-- .*Workers from before/m.test(text)
  return text.split('--> statement-breakpoint').flatMap((part) => {
    const statement = part.replaceAll(/^--.*$/gm, '').trim()
    const table = /^(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX \S+ ON) ("[a-z_]+"\."[a-z_]+")/.exec(statement)?.[1]
    if (table !== undefined && made.has(table)) return []
    if (addsDemand(statement)) return [`adds a column that old workers do not fill: ${short(statement)}`]
    const found = needsReason.find(({ pattern }) => pattern.test(statement))
    return found === undefined || reasoned ? [] : [`${found.what}, and no comment says why workers from before go on: ${short(statement)}`]
  })
}

const short = (statement: string): string => statement.replaceAll(/\s+/g, ' ').slice(0, 100)
