/** What an adapter may be called: it is the name of a folder, of a package, and in the short start message the beginning of a name. */
export const adapterIdPattern = /^[a-z][a-z0-9-]{0,63}$/
