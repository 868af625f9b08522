import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { PushAuth } from './schema.ts'
import { type Headers, senderCheck } from './signature.ts'

const key = 'It’s a secret'
const body = Buffer.from('{"id": 1, "text": "grüße"}')
const now = 1_800_000_000_500
const seconds = '1800000000'
const sign = (
  text: string | Buffer,
  encoding: 'hex' | 'base64' | 'base64url' = 'hex',
  algorithm = 'sha256',
  with_: string | Buffer = key,
) => createHmac(algorithm, with_).update(text).digest(encoding)
const timed = (before: string) => Buffer.concat([Buffer.from(before), body])

interface Form {
  readonly name: string
  readonly auth: PushAuth
  /** As the sender signs at this time. */
  readonly headers: (time: string, with_?: string) => Headers
  readonly timed: boolean
}

const forms: readonly Form[] = [
  {
    name: 'hmac with all defaults',
    auth: { type: 'hmac', header: 'X-Signature' },
    headers: (_time, with_ = key) => ({ 'x-signature': sign(body, 'hex', 'sha256', with_) }),
    timed: false,
  },
  {
    name: 'hmac in base64 with sha512',
    auth: { type: 'hmac', header: 'x-sig', algorithm: 'sha512', encoding: 'base64' },
    headers: (_time, with_ = key) => ({ 'x-sig': sign(body, 'base64', 'sha512', with_) }),
    timed: false,
  },
  {
    name: 'hmac as Slack signs',
    auth: {
      type: 'hmac',
      header: 'x-slack-signature',
      prefix: 'v0=',
      timestamp: { header: 'X-Slack-Request-Timestamp', before: 'v0:', separator: ':' },
    },
    headers: (time, with_ = key) => ({
      'x-slack-signature': `v0=${sign(timed(`v0:${time}:`), 'hex', 'sha256', with_)}`,
      'x-slack-request-timestamp': time,
    }),
    timed: true,
  },
  {
    name: 'github',
    auth: { type: 'github' },
    headers: (_time, with_ = key) => ({ 'x-hub-signature-256': `sha256=${sign(body, 'hex', 'sha256', with_)}` }),
    timed: false,
  },
  {
    name: 'stripe, with a signature of another scheme and of another key',
    auth: { type: 'stripe' },
    headers: (time, with_ = key) => ({
      'stripe-signature': `t=${time},v1=${'0'.repeat(64)},v1=${sign(timed(`${time}.`), 'hex', 'sha256', with_)},v0=abc`,
    }),
    timed: true,
  },
  {
    name: 'Standard Webhooks',
    auth: { type: 'standardWebhooks' },
    headers: (time, with_ = key) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': time,
      'webhook-signature': `v1a,xyz v1,${sign(timed(`msg_1.${time}.`), 'base64', 'sha256', with_)}`,
    }),
    timed: true,
  },
]

describe.each(forms)('$name', ({ auth, headers }) => {
  const check = senderCheck(auth, [key])

  it('takes what is signed with the key, and only that', () => {
    expect(check.claims(headers(seconds))).toBe(true)
    expect(check.verify({ headers: headers(seconds), body, now })).toMatchObject({ valid: true })
    expect(check.verify({ headers: headers(seconds, 'another key'), body, now })).toMatchObject({ valid: false })
    const changed = Buffer.from(body)
    changed[8] = 0x32
    expect(check.verify({ headers: headers(seconds), body: changed, now })).toMatchObject({ valid: false })
  })

  it('claims nothing without its headers, and refuses what is no signature', () => {
    for (const name of Object.keys(headers(seconds))) {
      const without = { ...headers(seconds), [name]: undefined }
      expect(check.claims(without)).toBe(false)
      expect(check.verify({ headers: without, body, now })).toMatchObject({ valid: false })
      const broken = { ...headers(seconds), [name]: '' }
      expect(check.verify({ headers: broken, body, now })).toMatchObject({ valid: false })
    }
  })

  it('takes the key before as well, while there is one', () => {
    expect(senderCheck(auth, ['new', key]).verify({ headers: headers(seconds), body, now })).toMatchObject({ valid: true })
  })
})

describe.each(forms.filter(({ timed: hasTime }) => hasTime))('$name, with its time', ({ auth, headers }) => {
  const check = senderCheck(auth, [key])

  it('refuses what is too old or from the future, and names a copy by its signature', () => {
    const at = (time: number) => check.verify({ headers: headers(seconds), body, now: now + time })
    expect(at(299_000)).toMatchObject({ valid: true, once: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(at(301_000)).toMatchObject({ valid: false, problem: expect.stringContaining('too far from now') })
    expect(at(-302_000)).toMatchObject({ valid: false })
    // The time is signed: a copy cannot be given a new one.
    const later = Object.fromEntries(
      Object.entries(headers(seconds)).map(([name, value]) => [name, String(value).replace(seconds, '1800000400')]),
    )
    expect(check.verify({ headers: later, body, now: now + 400_000 })).toMatchObject({ valid: false })
  })
})

describe.each(forms.filter(({ timed: hasTime }) => !hasTime))('$name, without a time', ({ auth, headers }) => {
  it('says nothing of copies where no time is signed', () => {
    expect(senderCheck(auth, [key]).verify({ headers: headers(seconds), body, now })).toEqual({ valid: true })
  })
})

it('reads the key of Standard Webhooks behind its prefix', () => {
  const secret = Buffer.from('0123456789abcdef')
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${createHmac('sha256', secret)
      .update(timed(`msg_1.${seconds}.`))
      .digest('base64')}`,
  }
  const check = senderCheck({ type: 'standardWebhooks' }, [`whsec_${secret.toString('base64')}`])
  expect(check.verify({ headers, body, now })).toMatchObject({ valid: true })
})

it('takes the key itself as a token', () => {
  const check = senderCheck({ type: 'token', header: 'Authorization', prefix: 'Bearer ' }, [key])
  expect(check.fromHeaders).toBe(true)
  expect(check.claims({ authorization: 'Basic abc' })).toBe(false)
  expect(check.verify({ headers: { authorization: `Bearer ${key}` }, body, now })).toEqual({ valid: true })
  expect(check.verify({ headers: { authorization: `Bearer ${key} ` }, body, now })).toMatchObject({ valid: false })
  expect(check.verify({ headers: {}, body, now })).toMatchObject({ valid: false })
})
