import { posix } from 'node:path'
import type { TextFile } from './tree.ts'

const isDocument = ({ path }: TextFile): boolean => path.endsWith('.md')

/** Links inside the repository are relative, and lead to a file or folder that is there, and to a heading that it has. */
export function judgeLinks(files: readonly TextFile[]): string[] {
  const paths = new Set(files.map(({ path }) => path))
  const folders = new Set(files.flatMap(({ path }) => ancestors(path)))
  const headings = new Map(files.filter(isDocument).map((file) => [file.path, anchorsOf(file.text)]))
  return files.filter(isDocument).flatMap((file) =>
    linksOf(file.text).flatMap(({ target, line }) => {
      const at = `${file.path}:${line}`
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return /^(https?|mailto):/.test(target) ? [] : [`${at} links to \`${target}\``]
      if (target.startsWith('/')) return [`${at} links to \`${target}\`: links inside the repository are relative`]
      const [path = '', anchor = ''] = target.split('#')
      const full =
        path === '' ? file.path : posix.normalize(posix.join(posix.dirname(file.path), decodeURIComponent(path))).replace(/\/$/, '')
      if (!paths.has(full) && !folders.has(full)) return [`${at} links to \`${target}\`, which is not there`]
      const known = headings.get(full)
      return anchor !== '' && known !== undefined && !known.has(anchor) ? [`${at} links to \`${target}\`: there is no such heading`] : []
    }),
  )
}

const ancestors = (path: string): string[] => {
  const parts = path.split('/').slice(0, -1)
  return ['.', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))]
}

/** The lines of a Markdown text outside of fenced code, with code spans emptied. */
function* proseLines(text: string): Generator<{ readonly prose: string; readonly line: number }> {
  let fence: string | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const mark = /^\s*(```+|~~~+)/.exec(raw)?.[1]
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined
      continue
    }
    if (mark !== undefined) fence = mark
    else yield { prose: raw.replace(/`[^`]*`/g, '``'), line: index + 1 }
  }
}

function linksOf(text: string): { target: string; line: number }[] {
  const links: { target: string; line: number }[] = []
  for (const { prose, line } of proseLines(text)) {
    for (const match of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)) links.push({ target: match[1] ?? '', line })
    const reference = /^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(\s|$)/.exec(prose)
    if (reference?.[1] !== undefined) links.push({ target: reference[1], line })
  }
  return links
}

/** The anchors that the usual renderers give to headings: lower case, spaces to hyphens, no punctuation, a number for repetitions. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  let fence = false
  for (const raw of text.split('\n')) {
    if (/^\s*(```|~~~)/.test(raw)) fence = !fence
    const title = fence ? undefined : /^#{1,6}\s+(.*?)\s*#*$/.exec(raw)?.[1]
    if (title === undefined) continue
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')
    let anchor = slug
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`
    anchors.add(anchor)
  }
  return anchors
}

/** `docs/adr/0001-some-title.md`, from 1 without gaps; the heading begins with the number too. */
export function judgeAdrs(files: readonly TextFile[]): string[] {
  const adrs = files.filter(({ path }) => /^docs\/adr\/(?!README\.md$)/.test(path)).toSorted((a, b) => a.path.localeCompare(b.path))
  return adrs.flatMap(({ path, text }, index) => {
    const number = /^docs\/adr\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]
    if (number === undefined) return [`${path} is not called like 0001-some-title.md`]
    if (Number(number) !== index + 1) return [`${path} should have the number ${index + 1}`]
    return new RegExp(`^# (ADR )?0*${Number(number)}\\b`).test(text) ? [] : [`${path}:1 does not begin with \`# ${Number(number)}. Title\``]
  })
}
