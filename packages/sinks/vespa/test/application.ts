import { cp, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { temporaryFolder, type TemporaryFolder } from '@data-weaver/testkit'

const deployed = fileURLToPath(new URL('../../../../deploy/vespa', import.meta.url))

/** A copy of the project's application package with more schemas, by name: a folder to deploy from. */
export async function applicationWith(schemas: Readonly<Record<string, string>>): Promise<TemporaryFolder> {
  const folder = await temporaryFolder('vespa-application')
  await cp(deployed, folder.path, { recursive: true })
  const services = await readFile(folder.join('services.xml'), 'utf8')
  const more = Object.keys(schemas).map((name) => `      <document type="${name}" mode="index"/>\n`)
  await writeFile(folder.join('services.xml'), services.replace('    </documents>', `${more.join('')}    </documents>`))
  for (const [name, text] of Object.entries(schemas)) await writeFile(folder.join('schemas', `${name}.sd`), text)
  return folder
}
