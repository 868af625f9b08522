import Type, { type Static } from 'typebox'
import { comparable, defaultMaxPages, into, parameter, path, strict } from './field.ts'

const { Optional } = Type

const maxPages = Optional(
  Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: defaultMaxPages,
    description: 'Largest number of pages of one run. A run that reaches it ends, and the next run goes on from there.',
  }),
)

const Stop = Type.Union(
  [
    Type.Object({ on: Type.Literal('emptyPage', { description: 'The first page without records is the last.' }) }, strict),
    Type.Object(
      { on: Type.Literal('shortPage', { description: 'The first page with fewer records than `size.value` is the last.' }) },
      strict,
    ),
    Type.Object(
      {
        on: Type.Literal('total', { description: 'The answer says how much there is.' }),
        path: path('Where the total is in the answer.', 'meta.total_pages'),
        counts: Type.Enum(['pages', 'records'], {
          description: 'What the total counts. For `records`, `size` is needed where pages have numbers.',
        }),
      },
      strict,
    ),
    Type.Object(
      {
        on: Type.Literal('value', { description: 'A value in the answer says so.' }),
        path: path('Where the value is in the answer.', 'has_more'),
        equals: comparable('The value that the last page has.', false),
      },
      strict,
    ),
  ],
  {
    description:
      'How the last page is known. Default: `{"on": "emptyPage"}`, and for `cursor` the page without a token. Where pages are counted, an empty page is the last whatever it says.',
  },
)
export type Stop = Static<typeof Stop>

const size = (description: string) =>
  Type.Object(
    {
      parameter: Optional(parameter('Parameter for the size of a page. Absent: it is not sent.', 'per_page')),
      value: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Records of a full page.', examples: [100] }),
    },
    { ...strict, description },
  )

const PagePagination = Type.Object(
  {
    type: Type.Literal('page', { description: 'Pages have numbers.' }),
    parameter: parameter('Parameter for the number of the page.', 'page'),
    into,
    start: Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 1, description: 'Number of the first page.' })),
    size: Optional(size('How large pages are.')),
    stop: Optional(Stop),
    maxPages,
  },
  strict,
)
export type PagePagination = Static<typeof PagePagination>

const OffsetPagination = Type.Object(
  {
    type: Type.Literal('offset', { description: 'The number of records to pass over is sent.' }),
    parameter: parameter('Parameter for the number of records to pass over.', 'offset'),
    into,
    start: Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0, description: 'Offset of the first record.' })),
    size: size('How large pages are: the offset grows by it.'),
    stop: Optional(Stop),
    maxPages,
  },
  strict,
)
export type OffsetPagination = Static<typeof OffsetPagination>

const token = {
  parameter: parameter('Parameter that the token is sent as, from the second page on.', 'cursor'),
  into,
  size: Optional(size('How large pages are.')),
  stop: Optional(Stop),
  maxPages,
}
const cursor = Type.Literal('cursor', { description: 'Each answer has a token for the next page.' })
const BodyCursor = Type.Object(
  {
    type: cursor,
    in: Type.Literal('body', { description: 'The token is in the body.' }),
    path: path('Where the token is. The page where it is absent, null, false or empty is the last.', 'meta.next_cursor'),
    ...token,
  },
  strict,
)
const HeaderCursor = Type.Object(
  {
    type: cursor,
    in: Type.Literal('header', { description: 'The token is in a header.' }),
    header: parameter('Name of the header. The page where it is absent or empty is the last.', 'x-next-cursor'),
    ...token,
  },
  strict,
)
export type CursorPagination = Static<typeof BodyCursor> | Static<typeof HeaderCursor>

const KeysetPagination = Type.Object(
  {
    type: Type.Literal('keyset', { description: 'A value of the last record of a page asks for those behind it.' }),
    path: path('Where the value is in a record.', 'id'),
    parameter: parameter('Parameter that the value is sent as, from the second page on.', 'after_id'),
    into,
    size: Optional(size('How large pages are.')),
    stop: Optional(Stop),
    maxPages,
  },
  strict,
)
export type KeysetPagination = Static<typeof KeysetPagination>

const BodyLink = Type.Object(
  {
    type: Type.Literal('next', { description: 'Each page has a link to the next one.' }),
    in: Type.Literal('body', { description: 'The link is in the body.' }),
    path: path('Where the link is. The page where it is absent, null, false or empty is the last.', 'links.next'),
    maxPages,
  },
  strict,
)
const HeaderLink = Type.Object(
  {
    type: Type.Literal('next', { description: 'Each page has a link to the next one.' }),
    in: Type.Literal('link', { description: 'The link is in the `Link` header, with `rel="next"`.' }),
    maxPages,
  },
  strict,
)
export type LinkPagination = Static<typeof BodyLink> | Static<typeof HeaderLink>

export const Pagination = Type.Union([PagePagination, OffsetPagination, BodyCursor, HeaderCursor, KeysetPagination, BodyLink, HeaderLink], {
  description: 'How the next page is asked for. Absent: there is one page.',
})
export type Pagination = Static<typeof Pagination>
