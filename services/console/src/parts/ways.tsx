import type { ReactNode } from 'react'

interface WaysProps<W extends string> {
  /** What is chosen, for screen readers. */
  readonly legend: string
  readonly name: string
  /** Each way with what it means. */
  readonly ways: readonly (readonly [W, ReactNode])[]
  readonly value: W
  readonly onWay: (way: W) => void
}

/** One of a few ways to do something, each said in a sentence. */
export function Ways<W extends string>({ legend, name, ways, value, onWay }: WaysProps<W>) {
  return (
    <fieldset className="ways">
      <legend className="hidden-text">{legend}</legend>
      {ways.map(([way, means]) => (
        <label key={way}>
          <input type="radio" name={name} checked={value === way} onChange={() => onWay(way)} /> {means}
        </label>
      ))}
    </fieldset>
  )
}
