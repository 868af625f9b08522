import { type ComponentProps, useEffect, useRef, useState } from 'react'

/** How long a pause in typing is taken for its end, milliseconds. */
const pauseMs = 250

interface AddressFieldProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange'> {
  /** What stands in the address. */
  readonly value: string
  /** Puts it there. */
  readonly onValue: (value: string) => void
}

/**
 * A field whose value is part of the address. What is typed stands in it at once and goes to the address after a pause; when the address changes
 * for another reason, the field follows, unless somebody is in it.
 */
export function AddressField({ value, onValue, ...rest }: AddressFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const tell = useRef(onValue)
  useEffect(() => {
    tell.current = onValue
  })
  useEffect(() => {
    if (field.current !== document.activeElement) setText(value)
  }, [value])
  useEffect(() => {
    if (text === value) return undefined
    const timer = setTimeout(() => tell.current(text), pauseMs)
    return () => clearTimeout(timer)
    // Only what is typed starts it: an address that changed meanwhile is no reason.
  }, [text])
  return (
    <input
      {...rest}
      ref={field}
      className="input"
      value={text}
      onChange={({ target }) => setText(target.value)}
      // Whoever goes on to the next field has ended.
      onBlur={() => (text === value ? undefined : onValue(text))}
    />
  )
}
