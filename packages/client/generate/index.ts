import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript'

const head = '// Made from docs/openapi.json by `npx -y pnpm@12 generate`.\n\n'

/** TypeScript types of an API by its OpenAPI document. */
export async function apiTypes(document: object): Promise<string> {
  // A copy, because the generator resolves references in place.
  const nodes = await openapiTS(structuredClone(document) as OpenAPI3, { alphabetize: true, immutable: true, silent: true })
  return `${head}${astToString(nodes)}`
}
