import { inspect } from 'node:util'
import { settingsProblems, WeaverError } from '@data-weaver/contracts'
import { describe, expect, test } from 'vitest'
import { parseStoreUrl, type S3Settings } from './store-url.ts'

function refused(url: string): WeaverError {
  try {
    parseStoreUrl(url)
  } catch (error) {
    expect(error).toBeInstanceOf(WeaverError)
    return error as WeaverError
  }
  throw new Error(`${url} was taken`)
}

describe('a folder', () => {
  test.each([
    ['file:///var/lib/weaver/objects', '/var/lib/weaver/objects'],
    ['file:/var/lib/weaver/objects', '/var/lib/weaver/objects'],
    ['file://localhost/var/lib', '/var/lib'],
    ['file:///with%20space/100%25', '/with space/100%'],
    ['file:.weaver/objects', '.weaver/objects'],
    ['file:./objects', './objects'],
    ['file:../objects', '../objects'],
    ['file:my%20objects', 'my objects'],
  ])('%s', (url, path) => {
    expect(parseStoreUrl(url)).toEqual({ kind: 'file', path })
  })

  test.each([
    'file:',
    'file://',
    'file:///',
    'file:/',
    'file://server/share',
    'file:///a%00b',
    'file:a%00b',
    'file:///a%2Fb',
    'file:///a%zz',
    'file:a%',
    'file:///a?b=c',
    'file:///a#b',
  ])('not %s', (url) => {
    const error = refused(url)
    expect(error.code).toBe('invalid_settings')
    expect(settingsProblems(error)).toMatch(/^WEAVER_STORE_URL .*file:\/\/\/var\/lib\/weaver\/objects/)
  })
})

describe('S3', () => {
  test('compression, encryption and addresses', () => {
    const url = (parameters: string) => parseStoreUrl(`s3://access:secret@s3.example.com/?${parameters}`)
    expect(url('')).toMatchObject({ presign: false })
    expect(url('')).not.toHaveProperty('compression')
    expect(url('compress=none')).not.toHaveProperty('compression')
    expect(url('compress=zstd&sse=AES256&presign=1')).toMatchObject({
      compression: 'zstd',
      encryption: { algorithm: 'AES256' },
      presign: true,
    })
    expect(url('sse=aws:kms')).toMatchObject({ encryption: { algorithm: 'aws:kms' } })
    expect(url('sse=aws:kms&kmsKey=arn:aws:kms:a:1:key/b')).toMatchObject({ encryption: { key: 'arn:aws:kms:a:1:key/b' } })
    expect(parseStoreUrl('file:///var/lib/weaver?compress=zstd')).toEqual({ kind: 'file', path: '/var/lib/weaver', compression: 'zstd' })
    for (const wrong of ['compress=gzip', 'sse=aes', 'kmsKey=a', 'sse=AES256&kmsKey=a', 'sse=aws:kms&kmsKey=a%0Ab', 'presign=yes'])
      expect(() => url(wrong)).toThrow(expect.objectContaining({ code: 'invalid_settings' }))
    expect(() => parseStoreUrl('file:///var/lib/weaver?compress=lz4')).toThrow(expect.objectContaining({ code: 'invalid_settings' }))
  })

  test('defaults', () => {
    const settings = parseStoreUrl('s3://access:secret@s3.example.com') as S3Settings
    expect(settings).toMatchObject({
      kind: 's3',
      host: 's3.example.com',
      port: 443,
      tls: true,
      region: 'us-east-1',
      style: 'path',
      bucketPrefix: '',
    })
    expect(settings.credentials.accessKey).toBe('access')
    expect(settings.credentials.secretKey).toBe('secret')
    expect((parseStoreUrl('s3://a:b@host/?tls=0') as S3Settings).port).toBe(80)
  })

  test('all that can be said', () => {
    const settings = parseStoreUrl(
      's3://AK%21:a%2Fb+c%40d%3Ae%25@Minio.Internal:9000/?region=eu-central-1&tls=0&style=host&prefix=acme-',
    ) as S3Settings
    expect(settings).toMatchObject({
      host: 'minio.internal',
      port: 9000,
      tls: false,
      region: 'eu-central-1',
      style: 'host',
      bucketPrefix: 'acme-',
    })
    expect(settings.credentials.accessKey).toBe('AK!')
    expect(settings.credentials.secretKey).toBe('a/b+c@d:e%')
    expect((parseStoreUrl('s3://a:b@[::1]:9000/') as S3Settings).host).toBe('::1')
  })

  test('the secret is not printed', () => {
    const settings = parseStoreUrl('s3://access:very-secret@host/')
    expect(inspect(settings, { depth: 10, showHidden: true })).not.toContain('very-secret')
    expect(JSON.stringify(settings)).not.toContain('very-secret')
  })

  test.each([
    's3:',
    's3://',
    's3:/access:very-secret@host',
    's3://host/',
    's3://access@host/',
    's3://:very-secret@host/',
    's3://access:very-secret@/',
    's3://access:very/secret@host/',
    's3://access:very-secret@host/bucket',
    's3://access:very-secret@host:99999/',
    's3://access:very-secret@host:0/',
    's3://access:very-secret%zz@host/',
    's3://acc%0Aess:very-secret@host/',
    's3://acc%2Fess:very-secret@host/',
    's3://access:very-secret@ho%20st/',
    's3://access:very-secret@host/?region=',
    's3://access:very-secret@host/?region=EU West',
    's3://access:very-secret@host/?tls=yes',
    's3://access:very-secret@host/?style=virtual',
    's3://access:very-secret@127.0.0.1/?style=host',
    's3://access:very-secret@host/?prefix=-a',
    's3://access:very-secret@host/?prefix=aaaaaaaaaaaaaaaaaaaaaaaaa',
    's3://access:very-secret@host/?tls=1&tls=0',
    's3://access:very-secret@host/?very-secret=1',
    's3://access:very?secret@host/',
    's3://access:very-secret@host/#very-secret',
    'S3://access:very-secret@host/',
    'https://access:very-secret@host/',
    '/var/lib/very-secret',
    '',
  ])('not %s', (url) => {
    const error = refused(url)
    expect(error.code).toBe('invalid_settings')
    expect(error.errors).toHaveLength(1)
    expect(settingsProblems(error)).toMatch(/^WEAVER_STORE_URL (?:must|is|has) .*WEAVER_STORE_URL=(?:s3|file):/)
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/very.secret/)
  })
})
