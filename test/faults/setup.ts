import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { table, writeTable } from './report.ts'

declare module 'vitest' {
  interface ProvidedContext {
    faultOutcomes: string
  }
}

/** Collects what the files of a run found. With `WEAVER_FAULT_REPORT=<page>` the table goes into that page as well. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'weaver-test-outcomes-'))
  const file = join(folder, 'outcomes.jsonl')
  project.provide('faultOutcomes', file)
  return () => {
    const page = process.env['WEAVER_FAULT_REPORT']
    if (existsSync(file)) {
      process.stdout.write(`\n${table(file)}\n\n`)
      if (page !== undefined && page !== '') writeTable(page, file)
    }
    rmSync(folder, { recursive: true, force: true })
  }
}
