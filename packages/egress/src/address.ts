import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export type Address = ipaddr.IPv4 | ipaddr.IPv6

/** What an address is for. Only `public` ones can be reached without being allowed. */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'metadata'
  | 'shared'
  | 'multicast'
  | 'unspecified'
  | 'documentation'
  | 'reserved'

type Range = readonly [network: Address, prefix: number, kind: AddressKind]

const ranges = (table: readonly (readonly [string, AddressKind])[]): readonly Range[] =>
  table.map(([cidr, kind]) => {
    const [network, prefix] = ipaddr.parseCIDR(cidr)
    return [network, prefix, kind]
  })

/**
 * Where clouds answer with credentials and machine settings. Some of them look public (Azure's), so they are listed by hand, and
 * they are searched before everything else.
 */
const metadata = ranges([
  ['169.254.169.254/32', 'metadata'], // AWS, Azure, Google, OpenStack, DigitalOcean, Oracle
  ['169.254.170.2/32', 'metadata'], // AWS: credentials of a container
  ['169.254.170.23/32', 'metadata'], // AWS: credentials of a pod
  ['168.63.129.16/32', 'metadata'], // Azure: the machine's host
  ['100.100.100.200/32', 'metadata'], // Alibaba
  ['192.0.0.192/32', 'metadata'], // Oracle
  ['fd00:ec2::254/128', 'metadata'], // AWS
  ['fd00:ec2::23/128', 'metadata'], // AWS: credentials of a pod
  ['fd20:ce::254/128', 'metadata'], // Google
  ['fd00:c1::a9fe:a9fe/128', 'metadata'], // Oracle
])

/** The special-purpose registry of IPv4. What is not here is public. */
const special4 = ranges([
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'reserved'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
])

/**
 * IPv6 the other way round: only 2000::/3 is given out, so what no row names is reserved. Tunnels (6to4, Teredo) carry
 * an IPv4 address that nobody checks and are reserved as a whole.
 */
const special6 = ranges([
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'private'],
  ['ff00::/8', 'multicast'],
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', 'reserved'],
  ['3fff::/20', 'documentation'],
  ['2000::/3', 'public'],
])

const nat64 = ipaddr.parseCIDR('64:ff9b::/96')

/** Whether `address` lies in the network; addresses of the other family never do. */
export function inNetwork(address: Address, network: Address, prefix: number): boolean {
  if (address.kind() !== network.kind()) return false
  return address.kind() === 'ipv4'
    ? (address as ipaddr.IPv4).match(network as ipaddr.IPv4, prefix)
    : (address as ipaddr.IPv6).match(network as ipaddr.IPv6, prefix)
}

/**
 * The IPv4 address that an IPv6 address stands for, when a packet sent to it arrives there: mapped addresses, and
 * NAT64's well-known prefix (which networks without IPv4 use to reach public sources).
 */
function embedded(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  return inNetwork(address, ...nat64) ? new ipaddr.IPv4(address.toByteArray().slice(12)) : null
}

/** The address and, when it stands for an IPv4 address, that one too. `null` when the text is no IP address. */
export function readAddress(text: string): readonly Address[] | null {
  const zone = text.indexOf('%')
  const bare = zone === -1 ? text : text.slice(0, zone)
  const family = isIP(bare)
  if (family === 0) return null
  // The library takes `::1.2.3.4` for `::ffff:1.2.3.4`; the URL parser writes both without dots.
  const address = ipaddr.parse(family === 6 && bare.includes('.') ? new URL(`http://[${bare}]/`).hostname.slice(1, -1) : bare)
  const inner = address.kind() === 'ipv6' ? embedded(address as ipaddr.IPv6) : null
  return inner === null ? [address] : [address, inner]
}

/** What the address is for; an address that stands for another is judged by the other. `forms` is what {@link readAddress} gave. */
export function kindOf(forms: readonly Address[]): AddressKind {
  const address = forms.at(-1) as Address
  const listed = (table: readonly Range[]) => table.find(([network, prefix]) => inNetwork(address, network, prefix))?.[2]
  const known = listed(metadata)
  if (known !== undefined) return known
  return address.kind() === 'ipv4' ? (listed(special4) ?? 'public') : (listed(special6) ?? 'reserved')
}
