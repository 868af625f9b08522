import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { chooseTheme, storedTheme, type Theme, themes } from '../browser/theme.ts'
import { Connection } from './connection.tsx'
import { menuIcon, places, searchIcon } from './navigation.tsx'
import { Operations } from './operations.tsx'
import { Palette } from './palette.tsx'
import { useClient } from './parts.tsx'
import { useShortcuts } from './shortcuts.ts'
import { Toasts } from './toasts.tsx'

/** The frame of all views: the menu, the palette, and what is under way. */
export function Shell() {
  const { pathname } = useLocation()
  /** The menu is open for the view in which it was opened. */
  const [menuAt, setMenuAt] = useState<string>()
  const menuOpen = menuAt === pathname
  const [paletteOpen, setPaletteOpen] = useState(false)
  useShortcuts({ onPalette: () => setPaletteOpen(true), onEscape: () => setMenuAt(undefined) })

  return (
    <Toasts>
      <Operations>
        <div className="shell">
          <a className="skip-link" href="#page">
            Skip to the content
          </a>
          <header className="top">
            <button
              className="button quiet"
              type="button"
              aria-expanded={menuOpen}
              aria-controls="side"
              onClick={() => setMenuAt(menuOpen ? undefined : pathname)}
            >
              {menuIcon}
              <span className="hidden-text">Menu</span>
            </button>
            <Link to="/" className="brand">
              <img src="/icon.svg" alt="" /> Data Weaver
            </Link>
            <button className="button quiet" type="button" onClick={() => setPaletteOpen(true)}>
              {searchIcon}
              <span className="hidden-text">Go to…</span>
            </button>
          </header>
          <Side open={menuOpen} onFind={() => setPaletteOpen(true)} />
          <main className="page" id="page" tabIndex={-1}>
            <div className="page-inner">
              <Outlet />
            </div>
          </main>
        </div>
        <Connection />
        <Palette open={paletteOpen} onOpenChange={setPaletteOpen} />
      </Operations>
    </Toasts>
  )
}

interface SideProps {
  readonly open: boolean
  readonly onFind: () => void
}

function Side({ open, onFind }: SideProps) {
  return (
    <aside className="side" id="side" aria-label="Console" data-open={open}>
      <Link to="/" className="brand">
        <img src="/icon.svg" alt="" /> Data Weaver
      </Link>
      <button className="find-button" type="button" onClick={onFind}>
        <span>Go to…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <nav aria-label="Views">
        <ul>
          {places.map(({ to, label, icon }) => (
            <li key={to}>
              <Link to={to} className="side-link" activeOptions={{ exact: to === '/', includeSearch: false }}>
                {icon}
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="side-foot">
        <ThemeChoice />
        <a className="side-link" href="/docs">
          API reference
        </a>
        <SignOut />
      </div>
    </aside>
  )
}

function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>(storedTheme)
  return (
    <label className="side-link">
      Theme
      <select
        className="select small"
        value={theme}
        onChange={({ target }) => {
          const chosen = themes.find((one) => one === target.value) ?? 'system'
          chooseTheme(chosen)
          setTheme(chosen)
        }}
      >
        {themes.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  )
}

function SignOut() {
  const client = useClient()
  const cache = useQueryClient()
  const navigate = useNavigate()
  const signOut = useMutation({
    mutationFn: () => client.DELETE('/v1/session'),
    onSuccess: async () => {
      await navigate({ to: '/sign-in', search: {} })
      // Nothing that was read stays in the page of somebody who left.
      cache.clear()
    },
  })
  return (
    <button className="side-link as-button" type="button" onClick={() => signOut.mutate()}>
      Sign out
    </button>
  )
}
