import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Result } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { bytes } from '../../parts/amounts.ts'
import { JsonView } from '../../parts/json-view.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Panel } from '../../parts/panel.tsx'
import { asText, hexLines, parsedJson } from './bytes.ts'

const route = getRouteApi('/inside/results/$result')

/** Largest body that is read into the page without being asked for, bytes. */
const largest = 8_000_000
/** What is shown of a text, characters, and of bytes. */
const shownCharacters = 200_000
const shownBytes = 16_384

type Way = 'tree' | 'text' | 'bytes'
const ways: readonly Way[] = ['tree', 'text', 'bytes']

/** The bytes as they came, shown by what they are. */
export function Body({ result }: { readonly result: Result }) {
  const { show } = route.useSearch()
  const navigate = route.useNavigate()
  const fits = result.size <= largest
  const read = useQuery({ ...useQueries().body(result.id), enabled: fits })
  if (!fits) {
    return (
      <Panel title="Bytes">
        <p>{bytes(result.size)} are too much to show here. Download them.</p>
      </Panel>
    )
  }
  const choice = (current: Way) => (
    <div className="choice" role="group" aria-label="Show as">
      {ways.map((way) => (
        <button
          key={way}
          className="button small"
          type="button"
          aria-pressed={way === current}
          onClick={() => void navigate({ search: (old) => ({ ...old, show: way }), replace: true })}
        >
          {way}
        </button>
      ))}
    </div>
  )
  return (
    <Loaded read={read}>
      {(body) => {
        const way: Way = show ?? (parsedJson(body) === undefined ? (asText(body) === undefined ? 'bytes' : 'text') : 'tree')
        return (
          <Panel title="Bytes" beside={choice(way)}>
            <Shown body={body} way={way} contentType={result.contentType} />
          </Panel>
        )
      }}
    </Loaded>
  )
}

function Shown({ body, way, contentType }: { readonly body: Uint8Array<ArrayBuffer>; readonly way: Way; readonly contentType: string }) {
  const json = useMemo(() => parsedJson(body), [body])
  const text = useMemo(() => asText(body), [body])
  if (way === 'tree' && json !== undefined) return <JsonView value={json.value} name="Body" depth={2} />
  if (way === 'tree') return <p className="muted">These bytes ({contentType}) are not JSON.</p>
  if (way === 'text' && text !== undefined) {
    return (
      <pre className="raw" tabIndex={0} role="region" aria-label="Body as text">
        {text.slice(0, shownCharacters)}
        {text.length > shownCharacters ? `\n… ${text.length - shownCharacters} more characters, download them` : ''}
      </pre>
    )
  }
  if (way === 'text') return <p className="muted">These bytes ({contentType}) are not text.</p>
  return (
    <pre className="raw unwrapped" tabIndex={0} role="region" aria-label="Body as bytes">
      {hexLines(body.subarray(0, shownBytes)).join('\n')}
      {body.length > shownBytes ? `\n… ${body.length - shownBytes} more bytes, download them` : ''}
    </pre>
  )
}
