import { Parser } from 'htmlparser2'

/** Elements that stand in lines of their own, and how many line breaks are around them. */
const breaks: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['p', 'blockquote', 'ul', 'ol', 'pre', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'figure'].map((name) => [name, 2]),
  ),
  ...Object.fromEntries(['div', 'li', 'tr', 'dt', 'dd', 'section', 'article'].map((name) => [name, 1])),
}
const silent: ReadonlySet<string> = new Set(['script', 'style', 'template', 'head', 'title'])

/**
 * What HTML says, as plain text: paragraphs with an empty line between them, line breaks, list items behind `- `. Links are their own
 * text, of which servers hide a part; it is whole here. Never fails, whatever is in it.
 */
export function htmlText(html: string): string {
  const text = new TextBuilder()
  let hidden = 0
  let verbatim = 0
  const parser = new Parser({
    onopentag(name, attributes) {
      if (silent.has(name)) hidden += 1
      text.lineBreaks(breaks[name] ?? 0)
      if (name === 'br') text.append('\n')
      if (name === 'pre') verbatim += 1
      if (name === 'li') text.append('- ')
      if (name === 'img' && hidden === 0) text.append(attributes.alt ?? '')
    },
    ontext: (found) => {
      if (hidden === 0) text.append(verbatim > 0 ? found : found.replaceAll(/[\t\n\f\r ]+/g, ' '))
    },
    onclosetag(name) {
      if (silent.has(name)) hidden -= 1
      if (name === 'pre') verbatim -= 1
      text.lineBreaks(breaks[name] ?? 0)
    },
  })
  parser.end(html)
  return text.toString()
}

class TextBuilder {
  #text = ''
  /** Line breaks that are due before the next text. */
  #due = 0

  lineBreaks(count: number): void {
    this.#due = Math.max(this.#due, count)
  }

  append(text: string): void {
    // Spaces between elements are no content.
    if (text === '' || (text === ' ' && (this.#due > 0 || /(?:^|\s)$/.test(this.#text)))) return
    if (this.#due > 0 && this.#text !== '') {
      const there = /\n*$/.exec(this.#text)?.[0].length ?? 0
      this.#text = this.#text.replace(/ +$/, '') + '\n'.repeat(Math.max(0, this.#due - there))
    }
    this.#due = 0
    this.#text += this.#text.endsWith('\n') && text !== '\n' ? text.replace(/^ +/, '') : text
  }

  toString(): string {
    return this.#text.replaceAll(/ +\n/g, '\n').trim()
  }
}
