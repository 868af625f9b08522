import { expect, it } from 'vitest'
import { linkTarget } from './link-header.ts'

it.each([
  ['<https://a.example/?page=2>; rel="next"', 'https://a.example/?page=2'],
  ['<https://a.example/?page=9>; rel="last", <https://a.example/?page=2>; rel="next"', 'https://a.example/?page=2'],
  ['</x?a=1,2;b>;rel=next', '/x?a=1,2;b'],
  ['<x>; title="a, \\"b\\" ; rel=next"; rel="last", <y>; REL="Next"', 'y'],
  ['<x>; rel="prev next"', 'x'],
  ['<x>; rel="prev"; rel="next"', undefined],
  ['<x>; rel="nextish", <y>; title=next', undefined],
  ['<x>; crossorigin; rel="next"', 'x'],
  ['<>; rel="next"', ''],
  ['no link at all', undefined],
  ['<unfinished', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s', (header, expected) => {
  expect(linkTarget(header, 'next')).toBe(expected)
})

it('takes no longer for a hostile header', () => {
  const header = `${'<x>; a="'.repeat(20_000)}`
  expect(linkTarget(header, 'next')).toBeUndefined()
})
