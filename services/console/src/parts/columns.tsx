/** The head of a table, a title for each of its columns. One that is for screen readers only stands in brackets: `[Select]`. */
export function Columns({ titles }: { readonly titles: readonly string[] }) {
  return (
    <thead>
      <tr>
        {titles.map((title) => (
          <th key={title} scope="col">
            {title.startsWith('[') ? <span className="hidden-text">{title.slice(1, -1)}</span> : title}
          </th>
        ))}
      </tr>
    </thead>
  )
}
