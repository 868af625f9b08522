import { Parser } from 'htmlparser2'

/** Elements that stand in lines of their own, and how many line breaks are around them. */
const breaks: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['p', 'blockquote', 'ul', 'ol', 'pre', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'figure'].map((name) => [name, 2]),
  ),
  ...Object.fromEntries(['div', 'li', 'tr', 'dt', 'dd', 'section', 'article'].map((name) => [name, 1])),
}
const silent: ReadonlySet<string> = new Set(['script', 'style', 'template', 'head', 'title'])

/** What is read of HTML, characters: many times the longest posts that servers allow. What is beyond would cost time and nobody wrote it. */
const longestHtml = 200_000

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
      if (name === 'br') text.lineBreak()
      if (name === 'pre') verbatim += 1
      if (name === 'li') text.marker('- ')
      if (name === 'img' && hidden === 0) text.verbatim(attributes.alt ?? '')
    },
    ontext(found) {
      if (hidden > 0) return
      if (verbatim > 0) text.verbatim(found)
      else text.words(found)
    },
    onclosetag(name) {
      if (silent.has(name)) hidden -= 1
      if (name === 'pre') verbatim -= 1
      text.lineBreaks(breaks[name] ?? 0)
    },
  })
  parser.end(html.slice(0, longestHtml))
  return text.toString()
}

/** Gathers text piece by piece and never looks back at it, so that the work grows with its length only. */
class TextBuilder {
  readonly #pieces: string[] = []
  /** Line breaks at the end of what there is; at the beginning, more than anybody asks for. */
  #lineBreaks = Infinity
  /** Line breaks that are due before the next text. */
  #due = 0
  #spaceDue = false
  /** A marker waits for its text, in the same line. */
  #isMarked = false

  lineBreaks(count: number): void {
    if (!this.#isMarked) this.#due = Math.max(this.#due, count)
  }

  lineBreak(): void {
    this.#settle()
    if (this.#lineBreaks === Infinity) return
    this.#pieces.push('\n')
    this.#lineBreaks += 1
  }

  marker(text: string): void {
    this.verbatim(text)
    this.#isMarked = true
  }

  /** Text in which white space is one space, or none. */
  words(text: string): void {
    const collapsed = text.replaceAll(/[\t\n\f\r ]+/g, ' ')
    const words = collapsed.trim() === '' ? collapsed.replaceAll(' ', '') : collapsed.replace(/^ /, '').replace(/ $/, '')
    if (collapsed.startsWith(' ')) this.#spaceDue = true
    if (words === '') return
    this.#settle()
    this.#push(words)
    this.#spaceDue = collapsed.endsWith(' ')
  }

  verbatim(text: string): void {
    if (text === '') return
    this.#settle()
    this.#push(text)
  }

  toString(): string {
    return this.#pieces.join('').trim()
  }

  #push(text: string): void {
    this.#pieces.push(text)
    this.#lineBreaks = text.endsWith('\n') ? 1 : 0
    this.#isMarked = false
  }

  /** Writes what is due. */
  #settle(): void {
    if (this.#due > this.#lineBreaks) {
      this.#pieces.push('\n'.repeat(this.#due - this.#lineBreaks))
      this.#lineBreaks = this.#due
    } else if (this.#spaceDue && this.#due === 0 && this.#lineBreaks === 0 && !this.#isMarked) this.#pieces.push(' ')
    this.#due = 0
    this.#spaceDue = false
  }
}
