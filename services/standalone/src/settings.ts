import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type FieldProblem, parseSettings, type Settings, WeaverError } from '@data-weaver/contracts'
import { parseEgressAllow } from '@data-weaver/egress'
import { parseStoreUrl } from '@data-weaver/object-store'
import { parseKeyring } from '@data-weaver/vault'

export type Environment = Readonly<Record<string, string | undefined>>
export type LauncherSettings = Settings<'standalone'>

/**
 * Checks every setting, before anything is touched; also those that only the children read.
 * @throws WeaverError `invalid_settings`
 */
export function checkSettings(environment: Environment): LauncherSettings {
  const settings = parseSettings('standalone', environment)
  if (settings.WEAVER_STORE_URL !== undefined) parseStoreUrl(settings.WEAVER_STORE_URL)
  if (settings.WEAVER_SECRET_KEY !== undefined) parseKeyring(settings.WEAVER_SECRET_KEY)
  parseEgressAllow(settings.WEAVER_EGRESS_ALLOW)
  if (settings.WEAVER_LEDGER_URL !== undefined) demandOwnSecrets(settings)
  return settings
}

/** A key made here would lie apart from the secrets it seals, and others who use that ledger could not open them. */
function demandOwnSecrets(settings: LauncherSettings): void {
  const errors: FieldProblem[] = []
  for (const field of ['WEAVER_SECRET_KEY', 'WEAVER_ADMIN_TOKEN'] as const) {
    if (settings[field] !== undefined) continue
    errors.push({
      field,
      problem: 'is not set',
      hint: 'It is made by itself only with the embedded database, when WEAVER_LEDGER_URL is not set.',
    })
  }
  if (errors.length > 0)
    throw new WeaverError('invalid_settings', errors.map(({ field, problem }) => `${field} ${problem}`).join('; '), { errors })
}

export interface Derived {
  readonly dataDir: string
  readonly ledgerUrl: string
  readonly port: number
  readonly secretKey: string
  readonly adminToken: string
  /** `host:port` of the demo source, when there is one. */
  readonly demoSource?: string
}

/** The environments of the children: the settings as given, and what the launcher made of those that were not. */
export function childEnvironments(
  environment: Environment,
  settings: LauncherSettings,
  derived: Derived,
): Record<'plain' | 'supervisor' | 'worker', Record<string, string>> {
  const foreign = Object.entries(environment).filter(
    (entry): entry is [string, string] => !entry[0].startsWith('WEAVER_') && entry[1] !== undefined,
  )
  const plain = Object.fromEntries(foreign)
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[0].startsWith('WEAVER_') && entry[1] !== undefined && entry[1] !== '',
  )
  const {
    WEAVER_ADMIN_TOKEN: _,
    WEAVER_TOKEN: __,
    ...shared
  } = {
    ...plain,
    ...Object.fromEntries(given),
    WEAVER_DATA_DIR: derived.dataDir,
    WEAVER_PORT: String(derived.port),
    WEAVER_LEDGER_URL: derived.ledgerUrl,
    WEAVER_STORE_URL: settings.WEAVER_STORE_URL ?? pathToFileURL(resolve(derived.dataDir, 'objects')).href,
    WEAVER_SECRET_KEY: derived.secretKey,
    WEAVER_EGRESS_ALLOW: [settings.WEAVER_EGRESS_ALLOW, derived.demoSource]
      .filter((entry) => entry !== undefined && entry !== '')
      .join(','),
  } as Record<string, string>
  // The API's token is the supervisor's alone, under whatever name.
  return { plain, worker: shared, supervisor: { ...shared, WEAVER_ADMIN_TOKEN: derived.adminToken } }
}
