/** A feed's id as Hermes writes it in its answers: lower case, without `0x`. */
export const feedId = (id: string): string => id.toLowerCase().replace(/^0x/, '')
