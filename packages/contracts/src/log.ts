/** The part of a pino logger that our code uses. Messages are constant strings; data goes in the fields. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A log that drops everything, for code that is called without one. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
