import { judgeArchitecture, judgeClaims } from './claims.ts'
import { judgeAdrs, judgeLinks } from './documents.ts'
import { judgeMigrations } from './migrations.ts'
import { judgePackages } from './packages.ts'
import type { TextFile } from './tree.ts'

/** One thing that is wrong, as `path:line problem`. */
export type Problem = string
export type RepositoryRule = (files: readonly TextFile[]) => Problem[]

const maximumLines = 400
const code = /\.(ts|tsx|js|mjs|css|html|sh|sql|tf|java)$|^\.ci\/|^\.githooks\//
/** Written by a program and committed for readers. */
const generated = /^(migrations\/|pnpm-lock\.yaml$)|(\.gen\.ts|\.d\.ts)$|\/gen\//
const isCode = ({ path }: TextFile): boolean => code.test(path) && !generated.test(path)

/** Words below are written in parts, so that a search for them finds their use and not this list. */
const word = (...parts: string[]): string => parts.join('')

const emptyNames = /^(utils?|helpers?|common|misc|types|shared|lib|stuff)$/

const leftOvers: readonly { readonly pattern: RegExp; readonly problem: string }[] = [
  {
    pattern: new RegExp(`\\b(${word('TO', 'DO')}|${word('FIX', 'ME')}|${word('X', 'XX')}|${word('HA', 'CK')})\\b`),
    problem: 'is a note to do it later',
  },
  { pattern: new RegExp(`\\bnot ${word('imple', 'mented')}\\b`, 'i'), problem: 'is a stub' },
  { pattern: new RegExp(`@ts-(${word('ig', 'nore')}|${word('no', 'check')})`), problem: 'turns the type checker off' },
  { pattern: new RegExp(`\\bas ${word('a', 'ny')}\\b`), problem: 'turns the type checker off' },
  {
    pattern: new RegExp(`(eslint|oxlint)-${word('dis', 'able')}|biome-${word('ig', 'nore')}|${word('prettier', '-ignore')}`),
    problem: 'turns a checker off',
  },
]

/** What says where a change was made instead of what it is: folders of one machine, hosts of package registries. */
const places: readonly RegExp[] = [
  new RegExp(`/${word('wo', 'rk')}/|/${word('fa', 'rm')}/|/${word('t', 'mp')}/h[0-9]`),
  new RegExp(`${word('registry', '\\.npm', 'js')}|${word('proxy', '\\.go', 'lang')}|${word('repo1?', '\\.ma', 'ven')}`),
  new RegExp(`${word('deb', '\\.deb', 'ian')}|${word('py', 'pi\\.org')}|${word('static', '\\.cra', 'tes')}`),
]

const byLine = (files: readonly TextFile[], judge: (line: string) => string | undefined): Problem[] =>
  files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const problem = judge(line)
      return problem === undefined ? [] : [`${path}:${index + 1} ${problem}`]
    }),
  )

export const repositoryRules: Readonly<Record<string, RepositoryRule>> = {
  [`code files have at most ${maximumLines} lines`]: (files) =>
    files.filter(isCode).flatMap(({ path, text }) => {
      const lines = text.replace(/\n$/, '').split('\n').length
      return lines > maximumLines ? [`${path} has ${lines} lines`] : []
    }),

  'names of folders and files say what is in them': (files) =>
    files
      .map(({ path }) => path)
      .filter((path) => path.split('/').some((part) => emptyNames.test(part.replace(/\.[a-z]+$/, ''))))
      .map((path) => `${path} has a name that fits anything`),

  'nothing is left for later and no check is turned off': (files) =>
    byLine(files.filter(isCode), (line) => {
      for (const { pattern, problem } of leftOvers) {
        const found = pattern.exec(line)
        if (found !== null) return `\`${found[0]}\` ${problem}`
      }
      return undefined
    }),

  'no file names a machine or a registry': (files) =>
    byLine(
      files.filter(({ path }) => path !== 'pnpm-lock.yaml'),
      (line) => (places.some((pattern) => pattern.test(line)) ? 'names a folder of one machine or the host of a registry' : undefined),
    ),

  'packages declare what the layers allow': judgePackages,
  'migrations let workers of the release before go on': (files) => [...judgeMigrations(files)],
  'links in documents lead somewhere': judgeLinks,
  'what pages name in code is there': judgeClaims,
  'the architecture names each package and service once': judgeArchitecture,
  'decisions are numbered without gaps': judgeAdrs,
}
