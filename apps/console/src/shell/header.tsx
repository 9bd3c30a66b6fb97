import { useQuery } from '@tanstack/react-query'
import { shortId } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { GroundMark } from './icons'
import { ThemeToggle } from './theme-toggle'
import type { Connection } from './use-connection'

const WORDS: Record<Connection, string> = {
  connecting: 'Connecting',
  locked: 'Not signed in',
  connected: 'Connected',
  streaming: 'Streaming',
  reconnecting: 'Reconnecting',
  offline: 'Server down',
}

export type Area = 'on-call' | 'catalog' | 'sources' | 'branches'

const AREAS: readonly { area: Area; fragment: string; words: string }[] = [
  { area: 'on-call', fragment: '#/', words: 'On-call' },
  { area: 'catalog', fragment: '#/catalog', words: 'Catalog' },
  { area: 'branches', fragment: '#/branches', words: 'Review' },
  { area: 'sources', fragment: '#/sources', words: 'Sources' },
]

export interface HeaderProps {
  client: GroundplaneClient
  area: Area
  /** The catalog graph; null until it is known, and may be asked about. */
  graph: string | null
  connection: Connection
  onSignOut: (() => void) | null
}

export function Header({ client, area, graph, connection, onSignOut }: HeaderProps) {
  return (
    <header className="top">
      <a className="brand" href="#/" aria-label="Groundplane, the newest run">
        <GroundMark />
        <span>Groundplane</span>
      </a>
      <nav className="areas" aria-label="Parts of the console">
        {AREAS.map(({ area: one, fragment, words }) => (
          <a key={one} href={fragment} aria-current={area === one ? 'page' : undefined}>
            {words}
          </a>
        ))}
      </nav>
      {graph ? <CatalogHead client={client} graph={graph} /> : <span className="head" />}
      <span className={`connection connection-${connection}`} role="status">
        <span className="dot" aria-hidden="true" />
        <span className="connection-word">{WORDS[connection]}</span>
      </span>
      <ThemeToggle />
      {onSignOut ? (
        <button
          type="button"
          className="button button-quiet"
          onClick={onSignOut}
          title="Forget the token in this tab"
        >
          Sign out
        </button>
      ) : null}
    </header>
  )
}

/** Which catalog this is, and the commit its answers come from. */
function CatalogHead({ client, graph }: { client: GroundplaneClient; graph: string }) {
  const head = useQuery({
    queryKey: ['head', graph],
    queryFn: async ({ signal }) => (await client.graph(graph).snapshot({}, { signal })).receipt,
    refetchInterval: 30_000,
  })
  const address = `${location.host}/graphs/${graph}`
  return (
    <span className="head">
      <span className="visually-hidden">Catalog at </span>
      <code title={`Catalog at ${address}`}>{address}</code>
      {head.data ? (
        <code className="head-commit" title={`Commit ${head.data.commit}`}>
          <span className="visually-hidden">commit </span>
          <span aria-hidden="true">@ </span>
          {shortId(head.data.commit)}
        </code>
      ) : null}
    </span>
  )
}
