import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { adapterCommands } from './adapter/commands.ts'

const page = await readFile(new URL('../../../docs/adapters.md', import.meta.url), 'utf8')
/** The rows of the table of options: the option, and the commands that have it. */
const rows = [...page.matchAll(/^\| (`--.+?`) \| ([a-z, ]+) \|/gm)]

it('the page of the adapters names every option of every command, and no other', () => {
  const written = rows.flatMap(([, options = '', commands = '']) =>
    [...options.matchAll(/--[a-z-]+/g)].flatMap(([option]) => commands.split(', ').map((command) => `${command} ${option}`)),
  )
  const real = Object.entries(adapterCommands).flatMap(([name, { options }]) =>
    Object.keys(options).map((option) => `${name.replace('adapter ', '')} --${option}`),
  )
  expect(written.toSorted()).toEqual(real.toSorted())
})

it('the page of the adapters names every command', () => {
  for (const name of Object.keys(adapterCommands)) expect(page).toContain(`| \`weaver ${name} <id`)
})
