import { expect, test } from 'vitest'
import { S3Credentials } from '../store-url.ts'
import { emptyPayload, Signer } from './signature.ts'

// The examples of the documentation of S3, "Signature Calculations for the Authorization Header".
const credentials = new S3Credentials('AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')
const host = 'examplebucket.s3.amazonaws.com'
const now = Date.UTC(2013, 4, 24)

test('the published example of a read', () => {
  const headers = new Signer(credentials, 'us-east-1').headers(
    { method: 'GET', host, path: '/test.txt', payload: emptyPayload, headers: { range: 'bytes=0-9' } },
    now,
  )
  expect(headers['x-amz-date']).toBe('20130524T000000Z')
  expect(headers['authorization']).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  )
})

test('the published example of a write', () => {
  const payload = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072'
  const more = { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' }
  const headers = new Signer(credentials, 'us-east-1').headers(
    { method: 'PUT', host, path: '/test%24file.text', payload, headers: more },
    now,
  )
  expect(headers['authorization']).toMatch(/Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd$/)
})

test('the published example of an address', () => {
  const query = new Signer(credentials, 'us-east-1').query({ host, path: '/test.txt', expiresIn: 86_400, query: {} }, now)
  expect(query).toBe(
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  )
})

test('a signer that has signed before signs another day as a new one does', () => {
  const request = { method: 'GET', host, path: '/a', payload: emptyPayload, headers: {} } as const
  const used = new Signer(credentials, 'us-east-1')
  used.headers(request, now)
  const later = now + 86_400_000 + 1234
  expect(used.headers(request, later)).toEqual(new Signer(credentials, 'us-east-1').headers(request, later))
  expect(used.headers(request, later)['authorization']).toContain('/20130525/')
})
