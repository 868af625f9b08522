import { functionLength } from './function-length.ts'
import { imports } from './imports.ts'
import { constantLogMessage, noMessageMatching } from './messages.ts'
import { noAmbient } from './no-ambient.ts'
import { noSleep } from './no-sleep.ts'

/** The project's own lint rules. Each has cases in test/repository/lint.test.ts that show it fire and stay silent. */
export default {
  meta: { name: 'weaver' },
  rules: {
    'constant-log-message': constantLogMessage,
    'function-length': functionLength,
    imports,
    'no-ambient': noAmbient,
    'no-message-matching': noMessageMatching,
    'no-sleep': noSleep,
  },
}
