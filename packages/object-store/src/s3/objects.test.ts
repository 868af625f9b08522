import { expect, test } from 'vitest'
import { parseStoreUrl, type S3Settings } from '../store-url.ts'
import { address } from './objects.ts'

test.each([
  ['s3://a:b@minio:9000/?tls=0', { origin: 'http://minio:9000', host: 'minio:9000', path: '/results/run/x' }],
  [
    's3://a:b@s3.eu-central-1.amazonaws.com/',
    { origin: 'https://s3.eu-central-1.amazonaws.com', host: 's3.eu-central-1.amazonaws.com', path: '/results/run/x' },
  ],
  ['s3://a:b@s3.example.com/?style=host', { origin: 'https://results.s3.example.com', host: 'results.s3.example.com', path: '/run/x' }],
  [
    's3://a:b@s3.example.com:8443/?style=host',
    { origin: 'https://results.s3.example.com:8443', host: 'results.s3.example.com:8443', path: '/run/x' },
  ],
  ['s3://a:b@[::1]:9000/?tls=0', { origin: 'http://[::1]:9000', host: '[::1]:9000', path: '/results/run/x' }],
])('%s', (url, expected) => {
  expect(address(parseStoreUrl(url) as S3Settings, 'results', 'run/x')).toEqual(expected)
})
