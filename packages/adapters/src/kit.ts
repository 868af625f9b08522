// What adapters are built from, for those outside this repository: `@data-weaver/adapters/kit`. Adapters inside take the same from the
// files. What is here stays as it is for as long as the version of the port does.
export { amount } from './amount.ts'
export { type AnswerReading, answerJson, malformedAnswer, statusError } from './answer.ts'
export { invalidConfig, missingSecrets } from './config.ts'
export { credentialHeader } from './credential-header.ts'
export { below, endpointField, endpointProblems } from './endpoint.ts'
export { decodeJson, decodeWrittenJson } from './exact-json.ts'
export { fingerprintOf } from './fingerprint.ts'
export { type NumberedPages, numberedPages } from './numbered-pages.ts'
export { lookup, parsePath, type Path } from './path.ts'
export { excerpt, type Redaction, redaction, shortLine } from './redaction.ts'
export { retryAfterMs } from './retry-after.ts'
export { present, type StartEndpoint, startEndpoint } from './start-endpoint.ts'
