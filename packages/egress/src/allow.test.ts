import { WeaverError } from '@data-weaver/contracts'
import { describe, expect, test } from 'vitest'
import { parseEgressAllow, refusedKind } from './allow.ts'

const nothing = parseEgressAllow('')

/** What the setting makes of an address that a host on port 80 leads to. */
const verdict = (setting: string, host: string, address = host, port = 80) => refusedKind(parseEgressAllow(setting), host, port, address)

describe('without an entry', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'shared'],
    ['100.127.255.255', 'shared'],
    ['169.254.1.1', 'link-local'],
    ['169.254.169.254', 'metadata'],
    ['169.254.170.2', 'metadata'],
    ['169.254.170.23', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['192.0.0.192', 'metadata'],
    ['192.0.0.1', 'reserved'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['198.19.255.255', 'reserved'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fd00:ec2::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['fec0::1', 'private'],
    ['ff02::1', 'multicast'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'metadata'],
    ['::ffff:10.0.0.1', 'private'],
    ['::ffff:0:10.0.0.1', 'reserved'],
    ['::10.0.0.1', 'reserved'],
    ['::127.0.0.1', 'reserved'],
    ['::8.8.8.8', 'reserved'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['64:ff9b:1::10.0.0.1', 'reserved'],
    ['2002:0a00:0001::1', 'reserved'],
    ['2002:0808:0808::1', 'reserved'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'reserved'],
    ['2001:10::1', 'reserved'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['100::1', 'reserved'],
    ['5f00::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['not an address', 'reserved'],
    ['', 'reserved'],
  ])('%s is refused as %s', (address, kind) => {
    expect(refusedKind(nothing, 'source.example', 80, address)).toBe(kind)
  })

  test.each([
    ...['8.8.8.8', '1.1.1.1', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.167.0.1', '11.0.0.1', '223.255.255.255'],
    ...['168.63.129.15', '2606:4700:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'],
  ])('%s is public', (address) => {
    expect(refusedKind(nothing, 'source.example', 80, address)).toBeNull()
  })
})

describe('with entries', () => {
  test('an address opens itself only, on every port or on one', () => {
    expect(verdict('10.0.0.1', '10.0.0.1')).toBeNull()
    expect(verdict('10.0.0.1', 'any.example', '10.0.0.1', 9000)).toBeNull()
    expect(verdict('10.0.0.1', '10.0.0.2')).toBe('private')
    expect(verdict('10.0.0.1:80', '10.0.0.1')).toBeNull()
    expect(verdict('10.0.0.1:8080', '10.0.0.1')).toBe('private')
    expect(verdict('[::1]:80', '::1')).toBeNull()
    expect(verdict('[::1]:81', '::1')).toBe('loopback')
    expect(verdict('::1', '::1')).toBeNull()
  })

  test('an address is the same in its mapped form, and a network may be the mapped form itself', () => {
    expect(verdict('10.0.0.1', '::ffff:10.0.0.1')).toBeNull()
    expect(verdict('64:ff9b::/96', '64:ff9b::10.0.0.1')).toBeNull()
    expect(verdict('2002::/16', '2002:0a00:0001::1')).toBeNull()
  })

  test('a network opens what lies in it', () => {
    expect(verdict('10.1.0.0/16', '10.1.255.255')).toBeNull()
    expect(verdict('10.1.0.0/16', '10.2.0.0')).toBe('private')
    expect(verdict('fd00::/8', 'fd12::1')).toBeNull()
    expect(verdict('0.0.0.0/0', '127.0.0.1')).toBeNull()
    expect(verdict('0.0.0.0/0', '::1')).toBe('loopback')
  })

  test('a host name opens the addresses it leads to, whatever its case', () => {
    expect(verdict('Intern.Example', 'intern.example', '10.0.0.1')).toBeNull()
    expect(verdict('intern.example', 'intern.example.', '10.0.0.1')).toBeNull()
    expect(verdict('intern.example.', 'intern.example', '10.0.0.1')).toBeNull()
    expect(verdict('bücher.example', 'xn--bcher-kva.example', '10.0.0.1')).toBeNull()
    expect(verdict('intern.example', 'a.intern.example', '10.0.0.1')).toBe('private')
    expect(verdict('intern.example:80', 'intern.example', '10.0.0.1')).toBeNull()
    expect(verdict('intern.example:81', 'intern.example', '10.0.0.1')).toBe('private')
  })

  test('a star opens the names below, not the name itself nor one that only ends alike', () => {
    expect(verdict('*.intern.example', 'a.intern.example', '10.0.0.1')).toBeNull()
    expect(verdict('*.intern.example', 'a.b.intern.example', '10.0.0.1')).toBeNull()
    expect(verdict('*.intern.example:80', 'a.intern.example', '10.0.0.1')).toBeNull()
    expect(verdict('*.intern.example', 'intern.example', '10.0.0.1')).toBe('private')
    expect(verdict('*.intern.example', 'evilintern.example', '10.0.0.1')).toBe('private')
  })

  test('a host name never opens a metadata service; its address does', () => {
    expect(verdict('*.internal', 'metadata.google.internal', '169.254.169.254')).toBe('metadata')
    expect(verdict('*.internal', 'metadata.google.internal', '::ffff:169.254.169.254')).toBe('metadata')
    expect(verdict('169.254.169.254', 'metadata.google.internal', '169.254.169.254')).toBeNull()
  })

  test('several entries, spaces and empty ones', () => {
    const setting = ' 127.0.0.1:8080 , ,10.0.0.0/8,'
    expect(verdict(setting, '127.0.0.1', '127.0.0.1', 8080)).toBeNull()
    expect(verdict(setting, '10.9.9.9')).toBeNull()
    expect(verdict(setting, '127.0.0.1')).toBe('loopback')
  })
})

describe('wrong entries', () => {
  test.each([
    ['http://intern.example', 'is a URL'],
    ['user@intern.example', 'is a URL'],
    ['intern.example/path', 'is not a network'],
    ['10.0.0.0/33', 'prefix length between 0 and 32'],
    ['10.0.0.0/', 'prefix length between 0 and 32'],
    ['10.0.0.0/8:443', 'takes no port'],
    ['::/129', 'prefix length between 0 and 128'],
    ['10.0.0.0/8/8', 'is not a network'],
    ['intern.example:0', 'between 1 and 65535'],
    ['intern.example:65536', 'between 1 and 65535'],
    ['intern.example:', 'between 1 and 65535'],
    ['intern.example:http', 'between 1 and 65535'],
    ['*', '0.0.0.0/0'],
    ['a.*.example', 'a star elsewhere'],
    ['**.example', 'a star elsewhere'],
    ['0x7f.1', 'write 127.0.0.1'],
    ['2130706433', 'write 127.0.0.1'],
    ['010.0.0.1', 'write 8.0.0.1'],
    ['[10.0.0.1', 'is not a host name'],
    ['[intern.example]', 'brackets'],
    ['::1:8080:x', 'too many colons'],
    ['inter n.example', 'is not a host name'],
    ['intern.example?x', 'is not a host name'],
    [':8080', 'is not a host name'],
  ])('%s: %s', (entry, problem) => {
    let thrown: unknown
    try {
      parseEgressAllow(`10.0.0.1,${entry}`)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(WeaverError)
    const error = thrown as WeaverError
    expect(error.code).toBe('invalid_settings')
    expect(error.message).toContain(`WEAVER_EGRESS_ALLOW: the entry "${entry}"`)
    expect(error.message).toContain(problem)
    expect(error.message).toContain('Example: WEAVER_EGRESS_ALLOW=')
  })
})
