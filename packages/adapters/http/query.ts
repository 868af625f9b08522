/** Leaves the other parameters byte for byte: a signed link would not survive being written anew. */
export function removeParameter(url: URL, name: string): void {
  if (url.search === '') return
  const parts = url.search.slice(1).split('&')
  const kept = parts.filter((part) => nameOf(part) !== name)
  if (kept.length < parts.length) url.search = kept.join('&')
}

function nameOf(part: string): string | undefined {
  const name = part.split('=', 1)[0] as string
  return /[%+]/.test(name) ? new URLSearchParams(part).keys().next().value : name
}

export function addParameters(url: URL, parameters: Readonly<Record<string, string>>): void {
  const added = new URLSearchParams(parameters).toString()
  if (added !== '') url.search = url.search === '' ? added : `${url.search}&${added}`
}

/** Sets a parameter, behind all others. */
export function setParameter(url: URL, name: string, value: string): void {
  removeParameter(url, name)
  addParameters(url, { [name]: value })
}
