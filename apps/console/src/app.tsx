import { createClient } from '@groundplane/client'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Console } from './console'
import { adoptToken, writeToken } from './session/token'

/** Holds the session: which token is in use, and the client that carries it. */
export function App({ firstToken }: { firstToken: string | null }) {
  const [token, setToken] = useState(firstToken)
  const queries = useQueryClient()
  const client = useMemo(() => createClient(token ? { token } : {}), [token])

  const takeToken = useCallback(
    (next: string | null) => {
      writeToken(next, sessionStorage)
      queries.clear()
      setToken(next)
    },
    [queries],
  )

  // A link with a token may also be opened in a tab that already shows the page.
  useEffect(() => {
    const adopt = () => {
      if (!location.hash.includes('token=')) return
      const next = adoptToken(location, history, sessionStorage)
      if (next) takeToken(next)
    }
    window.addEventListener('hashchange', adopt)
    return () => window.removeEventListener('hashchange', adopt)
  }, [takeToken])

  return <Console key={token ?? ''} client={client} hasToken={token !== null} onToken={takeToken} />
}
