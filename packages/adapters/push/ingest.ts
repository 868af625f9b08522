// What the API needs to take requests in for streams of this adapter: `@data-weaver/adapters/push`.
export { defaults as pushDefaults, mostBytes as mostPushBytes, PushConfig } from './schema.ts'
export { type Headers, type SenderCheck, senderCheck, type SignedRequest, type Verdict } from './signature.ts'
export { checkBody } from './body.ts'
