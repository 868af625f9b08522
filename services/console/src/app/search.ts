/** Reading of what stands in the address. Whatever somebody typed there is taken for nothing where it makes no sense. */
export type Raw = Readonly<Record<string, unknown>>

/** A key only where there is a value, so that addresses stay short. */
export function optionalText<K extends string>(raw: Raw, ...keys: K[]): { [key in K]?: string } {
  const found: { [key in K]?: string } = {}
  for (const key of keys) {
    const value = raw[key]
    if (typeof value === 'string' && value !== '') found[key] = value
    else if (typeof value === 'number' || typeof value === 'boolean') found[key] = String(value)
  }
  return found
}

/** A key only where its value is one of the allowed ones. */
export function optionalChoice<K extends string, const V extends string>(raw: Raw, key: K, allowed: readonly V[]): { [key in K]?: V } {
  const value = allowed.find((one) => one === raw[key])
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V })
}
