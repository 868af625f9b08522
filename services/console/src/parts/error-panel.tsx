import { ApiError } from '@data-weaver/client'
import type { RunError } from '../api/resources.ts'
import { adviceFor } from './advice.ts'

interface ErrorPanelProps {
  readonly error: unknown
  readonly onRetry?: () => void
}

/** What went wrong with a request: its code, what it means, and what to do. */
export function ErrorPanel({ error, onRetry }: ErrorPanelProps) {
  const known = error instanceof ApiError ? error : undefined
  return (
    <div className="error-panel" role="alert">
      <p>
        <strong>{known?.title ?? 'The server did not answer'}</strong> {known === undefined ? null : <code>{known.code}</code>}
      </p>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {known === undefined || known.errors.length === 0 ? null : (
        <ul>
          {known.errors.map(({ field, problem, hint }) => (
            <li key={`${field} ${problem}`}>
              <code>{field}</code> {problem}
              {hint === undefined ? null : <span className="muted"> {hint}</span>}
            </li>
          ))}
        </ul>
      )}
      <p className="muted">{adviceFor(known?.code)}</p>
      {onRetry === undefined ? null : (
        <button className="button" type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** What went wrong with a run or a delivery. */
export function RunErrorPanel({ error }: { readonly error: RunError }) {
  return (
    <div className="error-panel">
      <p>
        <code>{error.code}</code>
        {error.upstreamCode === undefined ? null : (
          <>
            {' '}
            · the source says <code>{error.upstreamCode}</code>
          </>
        )}
      </p>
      <p>{error.message}</p>
      <p className="muted">{adviceFor(error.code)}</p>
    </div>
  )
}
