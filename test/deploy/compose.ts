import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export interface ComposeService {
  readonly image?: string
  readonly user?: string
  readonly restart?: string
  readonly read_only?: boolean
  readonly init?: boolean
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly privileged?: boolean
  readonly network_mode?: string
  readonly networks?: readonly string[]
  readonly ports?: readonly string[]
  readonly profiles?: readonly string[]
  readonly command?: string | readonly string[]
  readonly entrypoint?: string | readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly deploy?: { readonly replicas?: number | string }
  readonly logging?: { readonly options?: Readonly<Record<string, string>> }
  readonly mem_limit?: string
  readonly cpus?: number
  readonly pids_limit?: number
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes: Readonly<Record<string, object>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

/** A file of the repository. */
export const repositoryFile = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

/** The compose file as it is written, with its anchors resolved and its variables not. */
export const readCompose = (): ComposeFile => parse(repositoryFile('docker-compose.yml'), { merge: true, strict: true }) as ComposeFile

/** Variables as compose puts them in: `${NAME:-default}`, `${NAME:?message}`, `${NAME}`. */
export const variablesIn = (text: string): readonly { readonly name: string; readonly default: string | undefined }[] =>
  [...text.matchAll(/(?<!\$)\$\{([A-Z0-9_]+)(?::?-([^}]*))?[^}]*\}/g)].map(([, name, value]) => ({ name: name as string, default: value }))
