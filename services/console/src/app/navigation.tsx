import type { ReactNode } from 'react'

const drawn = (path: ReactNode) => (
  <svg
    width="18"
    height="18"
    viewBox="0 0 18 18"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.6"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    {path}
  </svg>
)

/** The views, in the order of the menu. */
export const places = [
  { to: '/', label: 'Overview', words: 'home dashboard late failing', icon: drawn(<path d="M3 10h4v5H3zM11 3h4v12h-4zM3 3h4v3H3z" />) },
  { to: '/streams', label: 'Streams', words: 'list', icon: drawn(<path d="M2 5h8c3 0 3 8 6 8M2 13h8c3 0 3-8 6-8" />) },
  { to: '/documents', label: 'Documents', words: 'search', icon: drawn(<path d="M5 2h6l3 3v11H5zM8 8h3M8 11h3" />) },
  {
    to: '/live',
    label: 'Live',
    words: 'broadcast now',
    icon: drawn(<path d="M9 9h.01M6 12a4.2 4.2 0 0 1 0-6M12 6a4.2 4.2 0 0 1 0 6M4 14a7 7 0 0 1 0-10M14 4a7 7 0 0 1 0 10" />),
  },
  { to: '/dead-letters', label: 'Dead letters', words: 'refused errors', icon: drawn(<path d="M2 4h14v10H2zM2 5l7 5 7-5" />) },
  {
    to: '/operations',
    label: 'Operations',
    words: 'orders under way stop replay acknowledged',
    icon: drawn(<path d="M3 5l1.5 1.5L7 4M3 13l1.5 1.5L7 12M10 5h5M10 9h5M10 13h5" />),
  },
  {
    to: '/workers',
    label: 'Workers',
    words: 'processes slots',
    icon: drawn(<path d="M5 5h8v8H5zM7 2v3M11 2v3M7 13v3M11 13v3M2 7h3M2 11h3M13 7h3M13 11h3" />),
  },
  {
    to: '/adapters',
    label: 'Adapters',
    words: 'catalogue sources',
    icon: drawn(<path d="M6 2v4M12 2v4M4 6h10v3a5 5 0 0 1-10 0zM9 14v2" />),
  },
] as const

export const menuIcon = drawn(<path d="M2 5h14M2 9h14M2 13h14" />)
export const searchIcon = drawn(<path d="M8 13A5 5 0 1 0 8 3a5 5 0 0 0 0 10zM12 12l4 4" />)
