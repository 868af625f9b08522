import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useMemo, useRef } from 'react'
import type { Result } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { bytes } from '../../parts/amounts.ts'
import { JsonView } from '../../parts/json-view.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Panel } from '../../parts/panel.tsx'
import { placeOfRecord } from './place-of-record.ts'
import { asText, hexLines, parsedJson } from './bytes.ts'

const route = getRouteApi('/inside/results/$result')

/** Largest body that is read into the page without being asked for, bytes. */
const largest = 8_000_000
/** What is shown of a text, characters, and of bytes. */
const shownCharacters = 200_000
const shownBytes = 16_384

type Way = 'picture' | 'tree' | 'text' | 'bytes'
const ways: readonly Way[] = ['tree', 'text', 'bytes']
/** Types that browsers draw. Drawings that may hold scripts are shown as text. */
const drawable = /^image\/(png|jpeg|gif|webp|avif|bmp)\b/i

/** The bytes as they came, shown by what they are. */
export function Body({ result }: { readonly result: Result }) {
  const { show, record } = route.useSearch()
  const navigate = route.useNavigate()
  const fits = result.size <= largest
  const queries = useQueries()
  const read = useQuery({ ...queries.body(result.id), enabled: fits })
  const versions = useQuery({ ...queries.versions(result.stream), enabled: record !== undefined })
  const config = versions.data?.items.find(({ version }) => version === result.streamVersion)?.config
  if (!fits) {
    return (
      <Panel title="Bytes">
        <p>{bytes(result.size)} are too much to show here. Download them.</p>
      </Panel>
    )
  }
  const choice = (current: Way) => (
    <div className="choice" role="group" aria-label="Show as">
      {(drawable.test(result.contentType) ? (['picture', ...ways] as const) : ways).map((way) => (
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
        const way = show ?? wayOf(body, result.contentType)
        return (
          <Panel title="Bytes" beside={choice(way)}>
            <Shown
              body={body}
              way={way}
              contentType={result.contentType}
              record={record === undefined ? undefined : Number(record)}
              config={config}
            />
          </Panel>
        )
      }}
    </Loaded>
  )
}

function wayOf(body: Uint8Array<ArrayBuffer>, contentType: string): Way {
  if (drawable.test(contentType)) return 'picture'
  if (parsedJson(body) !== undefined) return 'tree'
  return asText(body) === undefined ? 'bytes' : 'text'
}

/** From memory: the page may load nothing else. */
function Picture({ body, contentType }: { readonly body: Uint8Array<ArrayBuffer>; readonly contentType: string }) {
  const image = useRef<HTMLImageElement>(null)
  useEffect(() => {
    const address = URL.createObjectURL(new Blob([body], { type: contentType }))
    if (image.current !== null) image.current.src = address
    return () => URL.revokeObjectURL(address)
  }, [body, contentType])
  return <img ref={image} className="picture" alt="What the bytes show" />
}

interface ShownProps {
  readonly body: Uint8Array<ArrayBuffer>
  readonly way: Way
  readonly contentType: string
  /** The record to mark, where the configuration says where records lie. */
  readonly record: number | undefined
  readonly config: Readonly<Record<string, unknown>> | undefined
}

function Shown({ body, way, contentType, record, config }: ShownProps) {
  const json = useMemo(() => parsedJson(body), [body])
  const text = useMemo(() => asText(body), [body])
  const place = useMemo(
    () => (json === undefined || record === undefined || config === undefined ? undefined : placeOfRecord(json.value, config, record)),
    [json, record, config],
  )
  if (way === 'picture') return <Picture body={body} contentType={contentType} />
  if (way === 'tree' && json !== undefined) {
    return (
      <>
        {place === undefined ? null : (
          <p className="small muted">
            Record {(record ?? 0) + 1}, at <code>{place.path}</code>, is marked.
          </p>
        )}
        <JsonView key={place?.path} value={json.value} name="Body" depth={2} {...(place === undefined ? {} : { mark: place.keys })} />
      </>
    )
  }
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
