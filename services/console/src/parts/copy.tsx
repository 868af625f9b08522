import { useState } from 'react'

/** Copies a text, an id mostly. Where the page may not write to the clipboard, it says so. */
export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const [said, setSaid] = useState('')
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('The browser refuses'),
    )
  }
  return (
    <>
      <button className="button quiet small" type="button" onClick={copy} onBlur={() => setSaid('')}>
        {said === '' ? `Copy ${what}` : said}
      </button>
      <span className="hidden-text" role="status">
        {said}
      </span>
    </>
  )
}
