export * from './alive.ts'
export * from './folder-lock.ts'
export * from './service.ts'
