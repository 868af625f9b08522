import { readFileSync } from 'node:fs'
import { addCounts, countsLine } from './test-counts.ts'

// Prints the counts of several test runs as one line: `node scripts/test-summary.ts <file>`.

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: test-summary.ts <file of counts>')
console.log(countsLine(addCounts(readFileSync(file, 'utf8'))))
