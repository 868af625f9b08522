import { expect, test } from 'vitest'
import { readLimits, type StatedLimits } from './rate-headers.ts'

const now = Date.UTC(2026, 2, 1, 12, 0, 0)
const nothing: StatedLimits = { blockMs: null, limit: null, remaining: null, resetMs: null, from: '' }
const says = (said: Partial<StatedLimits>): StatedLimits => ({ ...nothing, ...said })

type Row = [name: string, status: number, headers: Record<string, string>, expected: StatedLimits | undefined]

const rows: Row[] = [
  ['nothing', 200, { 'content-type': 'application/json' }, undefined],
  ['Retry-After in seconds', 429, { 'retry-after': '7' }, says({ blockMs: 7000, from: 'retry-after' })],
  ['Retry-After with a fraction', 429, { 'retry-after': '0.25' }, says({ blockMs: 250, from: 'retry-after' })],
  [
    'Retry-After as a date, by the clock of the source',
    503,
    { 'retry-after': 'Sun, 01 Mar 2026 09:00:09 GMT', date: 'Sun, 01 Mar 2026 09:00:00 GMT' },
    says({ blockMs: 9000, from: 'retry-after' }),
  ],
  [
    'Retry-After as a date that is over',
    429,
    { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' },
    says({ blockMs: 0, from: 'retry-after' }),
  ],
  ['Retry-After of a redirect or a success means something else', 200, { 'retry-after': '7' }, undefined],
  ['Retry-After that cannot be read', 429, { 'retry-after': 'soon' }, says({ blockMs: 1000, from: 'status' })],
  ['Retry-After below zero', 503, { 'retry-after': '-5' }, undefined],
  ['429 and nothing else', 429, {}, says({ blockMs: 1000, from: 'status' })],
  ['503 and nothing else', 503, {}, undefined],
  [
    'X-RateLimit with seconds from now',
    200,
    { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59', 'x-ratelimit-reset': '30' },
    says({ limit: 60, remaining: 59, resetMs: 30_000, from: 'x-ratelimit-remaining' }),
  ],
  [
    'X-RateLimit with Unix seconds',
    200,
    { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': String(now / 1000 + 3600) },
    says({ limit: 5000, remaining: 4999, resetMs: 3_600_000, from: 'x-ratelimit-remaining' }),
  ],
  [
    'X-RateLimit with Unix milliseconds',
    200,
    { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(now + 1500) },
    says({ remaining: 3, resetMs: 1500, from: 'x-ratelimit-remaining' }),
  ],
  [
    'Mastodon: an ISO time, and no Retry-After with the 429',
    429,
    { 'x-ratelimit-limit': '300', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2026-03-01T12:05:00.000000Z' },
    says({ blockMs: 300_000, limit: 300, remaining: 0, resetMs: 300_000, from: 'x-ratelimit-remaining' }),
  ],
  [
    'an ISO time by the clock of the source, which is an hour off',
    200,
    { 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': '2026-03-01T13:05:00.000Z', date: 'Sun, 01 Mar 2026 13:00:00 GMT' },
    says({ remaining: 9, resetMs: 300_000, from: 'x-ratelimit-remaining' }),
  ],
  [
    'RapidAPI: seconds until the quota begins anew',
    200,
    { 'x-ratelimit-requests-limit': '500', 'x-ratelimit-requests-remaining': '498', 'x-ratelimit-requests-reset': '2591000' },
    says({ limit: 500, remaining: 498, resetMs: 2_591_000_000, from: 'x-ratelimit-requests-remaining' }),
  ],
  [
    'RapidAPI: a burst is refused while the quota is not used up',
    429,
    { 'x-ratelimit-requests-limit': '500', 'x-ratelimit-requests-remaining': '498', 'x-ratelimit-requests-reset': '2591000' },
    says({ blockMs: 1000, limit: 500, remaining: 498, resetMs: 2_591_000_000, from: 'status' }),
  ],
  [
    'a duration in words of a clock',
    200,
    { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '1m30.5s' },
    says({ limit: 60, remaining: 1, resetMs: 90_500, from: 'x-ratelimit-remaining-requests' }),
  ],
  [
    'a 403 that means: used up',
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '10' },
    says({ remaining: 0, resetMs: 10_000, from: 'x-ratelimit-remaining' }),
  ],
  [
    'a reset alone is of use with a 429',
    429,
    { 'x-ratelimit-reset': '11' },
    says({ blockMs: 11_000, resetMs: 11_000, from: 'x-ratelimit-reset' }),
  ],
  ['a reset alone is none with a 200', 200, { 'x-ratelimit-reset': '11' }, undefined],
  ['a count without its end is none', 200, { 'x-ratelimit-remaining': '11' }, undefined],
  [
    'the three headers of the draft',
    200,
    { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '50', 'ratelimit-reset': '30' },
    says({ limit: 100, remaining: 50, resetMs: 30_000, from: 'ratelimit-remaining' }),
  ],
  [
    'the draft between: one header',
    200,
    { ratelimit: 'limit=100, remaining=50, reset=30', 'ratelimit-policy': '100;w=60' },
    says({ limit: 100, remaining: 50, resetMs: 30_000, from: 'ratelimit' }),
  ],
  [
    'the newer draft',
    200,
    { ratelimit: '"default";r=50;t=30', 'ratelimit-policy': '"default";q=100;w=60' },
    says({ limit: 100, remaining: 50, resetMs: 30_000, from: 'ratelimit' }),
  ],
  [
    'the newer draft without the time: the whole window',
    200,
    { ratelimit: '"hour";r=3', 'ratelimit-policy': '"hour";q=100;w=3600;pk=:c2VjcmV0:' },
    says({ limit: 100, remaining: 3, resetMs: 3_600_000, from: 'ratelimit' }),
  ],
  [
    'several policies: the nearest to its end, of those the one that lasts',
    429,
    { ratelimit: '"a, b";r=0;t=5, day;r=0;t=500, "month";r=7;t=9999', 'ratelimit-policy': '"a, b";q=10;w=60, day;q=200;w=86400' },
    says({ blockMs: 500_000, limit: 200, remaining: 0, resetMs: 500_000, from: 'ratelimit' }),
  ],
  [
    'Retry-After goes before all others, which are kept',
    429,
    { 'retry-after': '2', ratelimit: '"default";r=0;t=30', 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '9' },
    says({ blockMs: 2000, remaining: 0, resetMs: 30_000, from: 'retry-after' }),
  ],
  ['nonsense', 200, { ratelimit: '"";;;=,"', 'x-ratelimit-remaining': 'many', 'x-ratelimit-reset': 'later' }, undefined],
  ['numbers beyond all reason', 200, { 'x-ratelimit-remaining': '9'.repeat(40), 'x-ratelimit-reset': '1' }, undefined],
  ['a header without end', 200, { ratelimit: `"a";r=1;t=1,`.repeat(1000) }, undefined],
]

test.each(rows)('%s', (_name, status, headers, expected) => {
  expect(readLimits(status, headers, now)).toEqual(expected)
})
