import { useId } from 'react'

interface TimeFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

/** A time in the zone of the reader, to the second. */
export function TimeField({ label, value, onChange }: TimeFieldProps) {
  const id = useId()
  return (
    <div className="field-beside">
      <label htmlFor={id} className="small">
        {label}
      </label>
      <input id={id} className="input" type="datetime-local" step={1} value={value} onChange={({ target }) => onChange(target.value)} />
    </div>
  )
}
