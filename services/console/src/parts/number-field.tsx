import type { ReactNode } from 'react'

interface NumberFieldProps {
  readonly label: ReactNode
  readonly value: string
  readonly onValue: (value: string) => void
  readonly min?: number
  readonly max?: number
  /** Fractions are allowed. */
  readonly fractions?: boolean
}

/** A number of a small form, as text while it is written. */
export function NumberField({ label, value, onValue, min = 1, max, fractions = false }: NumberFieldProps) {
  return (
    <label>
      {label}
      <input
        className="input"
        type="number"
        min={min}
        max={max}
        step={fractions ? 'any' : 1}
        value={value}
        onChange={({ target }) => onValue(target.value)}
      />
    </label>
  )
}
