import { Dialog } from '@base-ui/react/dialog'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useId, useMemo, useState } from 'react'
import { useQueries } from '../api/use-queries.ts'
import { places } from './navigation.tsx'

interface Choice {
  readonly key: string
  readonly label: string
  readonly kind: string
  readonly words: string
  readonly go: () => Promise<void>
}

/** Most choices that are shown at once. */
const most = 12

interface PaletteProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
}

/** Goes anywhere by typing a part of its name. */
export function Palette({ open, onOpenChange }: PaletteProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="palette">
          <Dialog.Title className="hidden-text">Go to</Dialog.Title>
          <Finder onDone={() => onOpenChange(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Finder({ onDone }: { readonly onDone: () => void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const found = useChoices(text)
  const chosen = found[Math.min(at, found.length - 1)]

  const move = (by: number) => setAt((found.length + Math.min(at, found.length - 1) + by) % Math.max(found.length, 1))
  const run = (choice: Choice | undefined) => {
    if (choice === undefined) return
    onDone()
    void choice.go()
  }
  return (
    <>
      <input
        className="palette-field"
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-label="Go to a view, a stream or an adapter"
        aria-activedescendant={chosen === undefined ? undefined : `${list}-${chosen.key}`}
        placeholder="A view, a stream, an adapter, or words to search for"
        value={text}
        onChange={({ target }) => {
          setText(target.value)
          setAt(0)
        }}
        onKeyDown={(event) => {
          const act = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: () => run(chosen) }[event.key]
          if (act === undefined) return
          event.preventDefault()
          act()
        }}
      />
      <div className="palette-list" role="listbox" id={list} aria-label="Places">
        {found.map((choice) => (
          <div
            key={choice.key}
            id={`${list}-${choice.key}`}
            role="option"
            tabIndex={-1}
            aria-selected={choice === chosen}
            className="palette-choice"
            onClick={() => run(choice)}
          >
            <span>{choice.label}</span>
            <span className="muted small">{choice.kind}</span>
          </div>
        ))}
      </div>
    </>
  )
}

/** Names that begin with what was typed come first, then those that hold it, then what is about it. */
function rank({ label }: Choice, wanted: readonly string[]): number {
  const name = label.toLowerCase()
  if (wanted.some((word) => name.startsWith(word))) return 0
  return wanted.some((word) => name.includes(word)) ? 1 : 2
}

/** What fits the words, best first, and a search for the words themselves. */
function useChoices(text: string): readonly Choice[] {
  const queries = useQueries()
  const navigate = useNavigate()
  const streams = useInfiniteQuery({ ...queries.streams(), refetchInterval: false })
  const adapters = useQuery(queries.adapters())
  return useMemo(() => {
    const all: Choice[] = [
      ...places.map(({ to, label, words }) => ({ key: `view-${label}`, label, kind: 'View', words, go: () => navigate({ to }) })),
      { key: 'new', label: 'New stream', kind: 'Act', words: 'create add', go: () => navigate({ to: '/streams/new', search: {} }) },
      ...(streams.data?.pages.flatMap(({ items }) => items) ?? []).map(({ name, adapter }) => ({
        key: `stream-${name}`,
        label: name,
        kind: 'Stream',
        words: adapter,
        go: () => navigate({ to: '/streams/$stream', params: { stream: name }, search: {} }),
      })),
      ...(adapters.data?.items ?? []).map(({ id, summary }) => ({
        key: `adapter-${id}`,
        label: id,
        kind: 'Adapter',
        words: summary,
        go: () => navigate({ to: '/adapters/$adapter', params: { adapter: id } }),
      })),
    ]
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean)
    const fits = ({ label, kind, words }: Choice) => wanted.every((word) => `${label} ${kind} ${words}`.toLowerCase().includes(word))
    const found = all
      .filter(fits)
      .toSorted((a, b) => rank(a, wanted) - rank(b, wanted))
      .slice(0, most)
    if (wanted.length > 0) {
      const go = () => navigate({ to: '/documents', search: { q: text.trim() } })
      found.push({ key: 'search', label: `Search documents for “${text.trim()}”`, kind: 'Search', words: '', go })
    }
    return found
  }, [text, streams.data, adapters.data, navigate])
}
