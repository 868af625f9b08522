export { compileTransform } from './compile.ts'
export { validateTransform } from './validate.ts'
