import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'

/** Whether the key was meant for a field of a form. */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** Ctrl-K (or the Command key) opens the palette; `/` leads to the search field of the view, or to the documents. */
export function useShortcuts({ onPalette, onEscape }: { readonly onPalette: () => void; readonly onEscape: () => void }): void {
  const navigate = useNavigate()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        onPalette()
      } else if (event.key === 'Escape') onEscape()
      else if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
        event.preventDefault()
        const field = document.querySelector<HTMLInputElement>('main input[type="search"]')
        if (field === null) void navigate({ to: '/documents', search: {} })
        else field.focus()
      }
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [navigate, onPalette, onEscape])
}
