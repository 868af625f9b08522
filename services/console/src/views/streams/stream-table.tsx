import { Link } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Stream, StreamOrder } from '../../api/resources.ts'
import { plural } from '../../parts/amounts.ts'
import { Badge, DesiredBadge, RunBadge } from '../../parts/badge.tsx'
import { RunStrip } from '../../parts/run-strip.tsx'
import { scheduleText } from '../../parts/schedule.ts'
import { Time } from '../../parts/time.tsx'

/** Height of a row, pixels; narrow screens wrap a row, and it is measured. */
const rowHeight = 46

/** Heads of the columns after the one to select by, with the order that a first and a second use of them bring. */
const heads: readonly { readonly title: string; readonly orders?: readonly [StreamOrder, StreamOrder] }[] = [
  { title: 'Stream', orders: ['name', '-name'] },
  { title: 'State' },
  { title: 'Last runs' },
  { title: 'Good data', orders: ['goodData', '-goodData'] },
  { title: 'Next tick', orders: ['nextTick', '-nextTick'] },
  { title: 'Version, changed', orders: ['-changed', 'changed'] },
]

interface StreamTableProps {
  readonly streams: readonly Stream[]
  readonly order: StreamOrder
  readonly onOrder: (order: StreamOrder) => void
  /** Names, or all that fit. */
  readonly selected: ReadonlySet<string> | 'all'
  readonly onSelect: (selected: ReadonlySet<string>) => void
  /** The last row that was read is seen. */
  readonly onEnd: () => void
}

/** Only the rows that can be seen are there, so thousands of streams scroll like ten. */
export function StreamTable({ streams, order, onOrder, selected, onSelect, onEnd }: StreamTableProps) {
  const body = useRef<HTMLDivElement>(null)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [])
  const rows = useWindowVirtualizer({
    ...{ count: streams.length, estimateSize: () => rowHeight, overscan: 6, scrollMargin: offset },
    // A row stays that of its stream when the order changes, with the focus in it.
    getItemKey: (index) => streams[index]?.id ?? index,
  })
  const seen = rows.getVirtualItems()
  const atEnd = (seen.at(-1)?.index ?? 0) >= streams.length - 1
  useEffect(() => {
    if (atEnd) onEnd()
  }, [atEnd, onEnd])
  const isSelected = (name: string) => selected === 'all' || selected.has(name)
  const allSelected = streams.every(({ name }) => isSelected(name))
  const toggle = (name: string) => {
    const next = new Set(selected === 'all' ? streams.map((stream) => stream.name) : selected)
    if (!next.delete(name)) next.add(name)
    onSelect(next)
  }
  return (
    <div className="grid-table" role="table" aria-label="Streams" aria-rowcount={streams.length + 1}>
      <div role="rowgroup">
        <div role="row" className="grid-row grid-head" aria-rowindex={1}>
          <span role="columnheader">
            <input
              type="checkbox"
              aria-label="Select all streams that are shown"
              checked={allSelected}
              onChange={() => onSelect(allSelected ? new Set() : new Set(streams.map(({ name }) => name)))}
            />
          </span>
          {heads.map((head) => (
            <Head key={head.title} {...head} order={order} onOrder={onOrder} />
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={body} className="grid-body" style={{ height: rows.getTotalSize() }}>
        {seen.map(({ index, start, key }) => {
          const stream = streams[index]
          if (stream === undefined) return null
          return (
            <div
              key={key}
              ref={rows.measureElement}
              data-index={index}
              role="row"
              aria-rowindex={index + 2}
              className="grid-row"
              style={{ transform: `translateY(${start - offset}px)` }}
            >
              <span role="cell">
                <input
                  type="checkbox"
                  aria-label={`Select ${stream.name}`}
                  checked={isSelected(stream.name)}
                  onChange={() => toggle(stream.name)}
                />
              </span>
              <Cells stream={stream} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

interface HeadProps extends Pick<StreamTableProps, 'order' | 'onOrder'> {
  readonly title: string
  readonly orders?: readonly [StreamOrder, StreamOrder]
}

function Head({ title, orders, order, onOrder }: HeadProps) {
  if (orders === undefined) return <span role="columnheader">{title}</span>
  const [first, second] = orders
  const current = orders.find((one) => one === order)
  const sorted = current === undefined ? 'none' : current.startsWith('-') ? 'descending' : 'ascending'
  return (
    <span role="columnheader" aria-sort={sorted}>
      <button className="sort" type="button" onClick={() => onOrder(order === first ? second : first)}>
        {title}
        <span aria-hidden="true">{sorted === 'ascending' ? ' ↑' : sorted === 'descending' ? ' ↓' : ''}</span>
      </button>
    </span>
  )
}

function Cells({ stream }: { readonly stream: Stream }) {
  const { late, failures, lastRuns = [] } = stream
  return (
    <>
      <span role="cell" className="grid-name">
        <Link to="/streams/$stream" params={{ stream: stream.name }} search={{}}>
          {stream.name}
        </Link>
        <span className="muted small">
          {stream.adapter}, {scheduleText(stream.schedule)}
        </span>
      </span>
      <span role="cell" className="grid-badges">
        <DesiredBadge state={stream.desired} />
        {late ? <Badge mood="warn" label="late" title="Its data are older than it allows, or its ticks wait or are missed." /> : null}
        {failures > 0 ? <Badge mood="bad" label="failing" title={`Its last ${plural(failures, 'run')} failed.`} /> : null}
        {failures === 0 && lastRuns[0] !== undefined ? <RunBadge state={lastRuns[0].state} /> : null}
      </span>
      <span role="cell">
        <RunStrip runs={lastRuns} />
      </span>
      <span role="cell" className="small">
        <Time at={stream.freshness.goodAt} />
      </span>
      <span role="cell" className="small">
        <Time at={stream.desired === 'started' ? stream.nextTickAt : null} />
      </span>
      <span role="cell" className="small">
        {stream.version}
        <span className="muted">
          , <Time at={stream.updatedAt} />
        </span>
      </span>
    </>
  )
}
