import { isIP } from 'node:net'
import { WeaverError } from '@data-weaver/contracts'
import { inNetwork, kindOf, readAddress } from './address.ts'
import type { Address, AddressKind } from './address.ts'

interface HostRule {
  /** As the URL parser writes it: lower case, punycode, no dot at the end. */
  readonly name: string
  /** `*.name`: every name below it, not the name itself. */
  readonly below: boolean
  readonly port: number | null
}

interface NetworkRule {
  readonly network: Address
  readonly prefix: number
  readonly port: number | null
}

/** Hosts and networks that may be reached although they are not public. */
export interface EgressAllow {
  readonly hosts: readonly HostRule[]
  readonly networks: readonly NetworkRule[]
}

export const allowVariable = 'WEAVER_EGRESS_ALLOW'
const example = `${allowVariable}=127.0.0.1:8080,10.0.0.0/8,*.intern.example`

function wrong(entry: string, problem: string): WeaverError {
  const message = `${allowVariable}: the entry "${entry}" ${problem}. Example: ${example}`
  return new WeaverError('invalid_settings', message, {
    errors: [{ field: allowVariable, problem: `"${entry}" ${problem}`, hint: example }],
  })
}

function readPort(entry: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw wrong(entry, `has a port that is not between 1 and 65535`)
  return port
}

function readNetwork(entry: string): NetworkRule {
  const [address = '', prefixText = '', ...rest] = entry.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) throw wrong(entry, 'is not a network: write an IP address, a slash and the length of the prefix')
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1
  const longest = family === 4 ? 32 : 128
  if (prefix < 0 || prefix > longest) throw wrong(entry, `needs a prefix length between 0 and ${longest} (a network takes no port)`)
  return { network: readAddress(address)?.[0] as Address, prefix, port: null }
}

function readHost(entry: string, host: string, port: number | null): HostRule {
  const below = host.startsWith('*.')
  const written = below ? host.slice(2) : host
  if (written.includes('*'))
    throw wrong(entry, 'has a star elsewhere than in front, as in *.intern.example; to allow all, write 0.0.0.0/0,::/0')
  if (!URL.canParse(`http://${written}/`)) throw wrong(entry, 'is not a host name')
  const url = new URL(`http://${written}/`)
  const name = withoutDot(url.hostname)
  if (isIP(name) !== 0) throw wrong(entry, `is an odd form of an IP address; write ${name}`)
  if (url.pathname !== '/' || url.search !== '' || url.port !== '' || url.username !== '' || name === '')
    throw wrong(entry, 'is not a host name')
  return { name, below, port }
}

const withoutDot = (host: string) => (host.endsWith('.') ? host.slice(0, -1) : host)

/**
 * Reads the setting WEAVER_EGRESS_ALLOW: entries with commas between them, each a host (`intern.example`), a host with a port
 * (`intern.example:8080`, `127.0.0.1:8080`, `[::1]:8080`), all names below one (`*.intern.example`), an IP address or a network
 * (`10.0.0.0/8`). Throws `invalid_settings`, naming the entry.
 */
export function parseEgressAllow(text: string): EgressAllow {
  const hosts: HostRule[] = []
  const networks: NetworkRule[] = []
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue
    if (entry.includes('://') || entry.includes('@')) throw wrong(entry, 'is a URL; write only the host, or host:port')
    if (entry.includes('/')) {
      networks.push(readNetwork(entry))
      continue
    }
    const bare = isIP(entry) === 0 ? /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(entry) : [entry, entry]
    if (bare === null) throw wrong(entry, 'has too many colons; write an IPv6 address with a port as [::1]:8080')
    const host = bare[1] ?? bare[2] ?? ''
    const port = readPort(entry, bare[3])
    const family = isIP(host)
    if (family !== 0) networks.push({ network: readAddress(host)?.[0] as Address, prefix: family === 4 ? 32 : 128, port })
    else if (bare[1] !== undefined) throw wrong(entry, 'has brackets around something that is not an IPv6 address')
    else hosts.push(readHost(entry, host, port))
  }
  return { hosts, networks }
}

/**
 * Why `host` may not be reached at `address`: the kind of the address; `null` when it may. `address` is a literal, a resolved address
 * or the address of a connected peer, and `host` what the URL says. A rule for a host name opens every address that the name leads to,
 * except metadata services: a wildcard meant for a company's own names must not hand out the machine's credentials.
 */
export function refusedKind(allow: EgressAllow, host: string, port: number, address: string): AddressKind | null {
  const forms = readAddress(address)
  if (forms === null) return 'reserved'
  const kind = kindOf(forms)
  if (kind === 'public') return null
  const opensPort = (rule: { readonly port: number | null }) => rule.port === null || rule.port === port
  if (allow.networks.some((rule) => opensPort(rule) && forms.some((form) => inNetwork(form, rule.network, rule.prefix)))) return null
  if (kind === 'metadata') return kind
  const name = withoutDot(host)
  const named = (rule: HostRule) => (rule.below ? name.endsWith(`.${rule.name}`) : name === rule.name)
  return allow.hosts.some((rule) => opensPort(rule) && named(rule)) ? null : kind
}
