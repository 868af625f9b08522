import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useEffect, useId, useState } from 'react'
import { useClient } from '../app/parts.tsx'
import { ErrorPanel } from '../parts/error-panel.tsx'

const route = getRouteApi('/sign-in')

/** A token for a session. The token goes to the server once and is kept nowhere in the page. */
export function SignIn() {
  const client = useClient()
  const cache = useQueryClient()
  const router = useRouter()
  const { next } = route.useSearch()
  const [token, setToken] = useState('')
  const field = useId()
  useEffect(() => {
    document.title = 'Sign in · Data Weaver'
  }, [])
  const signIn = useMutation({
    mutationFn: async () => (await client.POST('/v1/session', { body: { token: token.trim() } })).data,
    onSuccess: (session) => {
      cache.setQueryData(['session'], session)
      // Only a place of this console: whoever made the link may not send people elsewhere.
      router.history.push(next?.startsWith('/') === true && !next.startsWith('//') ? next : '/')
    },
  })
  return (
    <main className="sign-in">
      <form
        className="panel sign-in-card"
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate()
        }}
      >
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>Data Weaver</h1>
        <p className="muted">Sign in with the admin token.</p>
        <label htmlFor={field}>Admin token</label>
        <input
          id={field}
          className="input mono"
          type="password"
          autoComplete="current-password"
          required
          autoFocus
          value={token}
          onChange={({ target }) => setToken(target.value)}
        />
        <p className="muted small">
          The start command prints in which file it lies: <code>.weaver/admin.token</code>. Elsewhere it is the value of{' '}
          <code>WEAVER_ADMIN_TOKEN</code>.
        </p>
        {signIn.error === null ? null : <ErrorPanel error={signIn.error} />}
        <button className="button primary" type="submit" disabled={signIn.isPending}>
          {signIn.isPending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  )
}
