import type { Command } from '../options.ts'
import { check } from './check.ts'
import { init } from './init.ts'
import { read } from './read.ts'
import { record } from './record.ts'
import { test } from './test.ts'

export const adapterCommands: Readonly<Record<string, Command>> = {
  'adapter init': init,
  'adapter check': check,
  'adapter read': read,
  'adapter record': record,
  'adapter test': test,
}
