import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'

interface PageHeadProps {
  readonly title: string
  /** What stands beside the title: a state, for example. */
  readonly beside?: ReactNode
  readonly about?: ReactNode
  readonly acts?: ReactNode
  readonly trail?: ReactNode
}

/** Title, way back and acts of a view. It names the page of the browser, too. */
export function PageHead({ title, beside, about, acts, trail }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Data Weaver`
  }, [title])
  return (
    <header className="page-head">
      {trail === undefined ? null : (
        <nav aria-label="Way back" className="trail small">
          {trail}
        </nav>
      )}
      <div className="page-head-line">
        <div className="page-head-title">
          <h1>{title}</h1>
          {beside}
        </div>
        {acts === undefined ? null : <div className="acts">{acts}</div>}
      </div>
      {about === undefined ? null : <div className="muted">{about}</div>}
    </header>
  )
}

/** The way from the list of streams to one of its parts. */
export function StreamTrail({ stream }: { readonly stream?: string }) {
  return (
    <>
      <Link to="/streams" search={{}}>
        Streams
      </Link>
      {stream === undefined ? null : (
        <>
          {' / '}
          <Link to="/streams/$stream" params={{ stream }} search={{}}>
            {stream}
          </Link>
        </>
      )}
    </>
  )
}
