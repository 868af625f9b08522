import type { Stream } from '../../api/resources.ts'
import { Empty } from '../../parts/panel.tsx'

export function Ticks({ stream }: { readonly stream: Stream }) {
  return <Empty title={`Ticks of ${stream.name}`} />
}
