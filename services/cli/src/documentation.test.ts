import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { adapterCommands } from './adapter/commands.ts'
import { remoteCommands } from './remote/commands.ts'

const read = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
const page = await read('adapters.md')
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

it('the page of the command names every command for a running system, and every option', async () => {
  const text = await read('command.md')
  const typed = Object.entries(remoteCommands).map(
    ([
      name,
      {
        arguments: [least],
      },
    ]) => `\`weaver ${name}${least === 0 ? '' : ' <stream>'}\``,
  )
  expect([...text.matchAll(/^\| (`weaver .*?`) \|/gm)].map(([, command]) => command)).toEqual(expect.arrayContaining(typed))
  for (const option of Object.values(remoteCommands).flatMap(({ options }) => Object.keys(options))) expect(text).toContain(`--${option}`)
})
