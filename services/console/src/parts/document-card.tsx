import { Link } from '@tanstack/react-router'
import { exactTime } from './time.tsx'
import { type Reading, readDocument, type Shape } from './document-shape.ts'

interface CardProps {
  /** Level of its title in the view. */
  readonly heading?: 'h2' | 'h3'
  readonly document: { readonly id: string; readonly fields: Readonly<Record<string, unknown>> }
}

/** A document as what it is: a post looks like a post, a price like a price, an earthquake has its magnitude before it. */
export function DocumentCard({ document, heading: Heading = 'h2' }: CardProps) {
  const shape = readDocument(document.fields)
  return (
    <article className="card" data-shape={shape.kind}>
      <Lead shape={shape} />
      <div className="card-main">
        <Heading className="card-title">
          <Link to="/documents/$document" params={{ document: document.id }}>
            {shape.title ?? document.id}
          </Link>
        </Heading>
        {shape.text === undefined ? null : <p className="card-text">{shape.text}</p>}
        <ul className="card-facts small">
          {shape.rest.map((reading) => (
            <li key={reading.name}>
              <Fact reading={reading} />
            </li>
          ))}
        </ul>
      </div>
    </article>
  )
}

function Lead({ shape }: { readonly shape: Shape }) {
  if (shape.lead === undefined) return null
  return (
    <div className="card-lead" data-weight={shape.weight} title={shape.leadName}>
      <span className="card-figure number">{shape.lead}</span>
      {shape.leadUnit === undefined ? null : <span className="small">{shape.leadUnit}</span>}
    </div>
  )
}

function Fact({ reading: { name, text, isTime } }: { readonly reading: Reading }) {
  return (
    <>
      <span className="muted">{name}</span> {isTime ? exactTime(text) : text}
    </>
  )
}
