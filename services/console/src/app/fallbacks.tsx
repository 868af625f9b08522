import { Link } from '@tanstack/react-router'
import { ErrorPanel } from '../parts/error-panel.tsx'

export function Pending() {
  return (
    <p className="muted" role="status">
      Loading…
    </p>
  )
}

/** An address that leads nowhere. */
export function Lost() {
  return (
    <main className="page">
      <div className="empty">
        <h1>There is nothing here</h1>
        <p>The address may have been cut off, or what it named was deleted.</p>
        <Link to="/" className="button">
          To the overview
        </Link>
      </div>
    </main>
  )
}

export function ViewFailed({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  return <ErrorPanel error={error} onRetry={reset} />
}
