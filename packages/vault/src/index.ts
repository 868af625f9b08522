export { generateKey, parseKeyring } from './keyring.ts'
export type { Keyring } from './keyring.ts'
export { createVault } from './vault.ts'
export type { SecretPlace, Vault } from './vault.ts'
