type Given<T> = { [key in keyof T]?: Exclude<T[key], undefined> }

/** Only what is there: a part of a query that is undefined is left out. */
export const given = <T extends object>(parts: T): Given<T> =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Given<T>
