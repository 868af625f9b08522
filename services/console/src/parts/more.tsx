interface MoreProps {
  readonly read: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; readonly fetchNextPage: () => unknown }
  readonly what: string
}

/** Reads the next page of a list, where there is one. */
export function More({ read: { hasNextPage, isFetchingNextPage, fetchNextPage }, what }: MoreProps) {
  if (!hasNextPage) return null
  return (
    <div className="more">
      <button className="button small" type="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {isFetchingNextPage ? 'Reading…' : what}
      </button>
    </div>
  )
}
