import { randomInt } from 'node:crypto'

/** In [0, 1). Real processes cannot be replayed, so there is no seed to remember. */
export const random = (): number => randomInt(2 ** 32) / 2 ** 32
