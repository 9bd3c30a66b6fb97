import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { catalogPlaceOf } from './catalog/catalog-route'
import { offeredSentences } from './compose/offered-sentences'
import { ReadOnlyNote } from './compose/read-only-note'
import { SentenceForm } from './compose/sentence-form'
import { RunList } from './history/run-list'
import { useRunKeys } from './history/use-run-keys'
import { RunPage } from './run/run-page'
import { goToRun, useRunRoute } from './run/run-route'
import { Welcome } from './run/welcome'
import { TokenForm } from './session/token-form'
import { useFragment } from './shell/address'
import { Header } from './shell/header'
import { OfflineBanner } from './shell/offline-banner'
import { Problem } from './shell/problem'
import { type Connection, useConnection } from './shell/use-connection'
import { isUnauthorized } from './wire/failure'
import type { GroundplaneClient, RunSummary } from './wire/types'

const CatalogPages = lazy(() => import('./catalog/catalog-pages'))

export interface ConsoleProps {
  client: GroundplaneClient
  hasToken: boolean
  /** Takes another token into use; null forgets the one in use. */
  onToken: (token: string | null) => void
}

/** The page: the header, and what the address names: the on-call crew with its runs, or a page of the catalog. */
export function Console({ client, hasToken, onToken }: ConsoleProps) {
  const main = useRef<HTMLElement>(null)
  const [streaming, setStreaming] = useState<Connection | null>(null)
  const runs = useQuery({
    queryKey: ['runs'],
    queryFn: ({ signal }) => client.incidents.list({ limit: 100 }, { signal }),
    refetchInterval: (query) =>
      query.state.data?.runs.some((run) => run.status === 'running') ? 3000 : 20_000,
  })
  const connection = useConnection(client)
  const { retry } = connection
  const locked = isUnauthorized(runs.error)
  const place = catalogPlaceOf(useFragment())

  // A stream that broke is the first sign of a server that is down: look at once.
  useEffect(() => {
    if (streaming === 'reconnecting') retry()
  }, [streaming, retry])

  const forgetToken = useCallback(() => onToken(null), [onToken])

  return (
    <>
      <button type="button" className="skip-link" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header
        client={client}
        area={place ? 'catalog' : 'on-call'}
        graph={(!locked && runs.data?.graph) || null}
        connection={connectionShown(connection.state, { locked, asked: !runs.isPending, streaming })}
        onSignOut={hasToken && runs.isSuccess ? forgetToken : null}
      />
      {connection.state === 'offline' ? <OfflineBanner onRetry={retry} /> : null}
      {locked ? (
        <main id="main" ref={main} tabIndex={-1} className="gate">
          <TokenForm refused={hasToken} onToken={onToken} />
        </main>
      ) : place ? (
        <main id="main" ref={main} tabIndex={-1} className="catalog">
          <Suspense fallback={null}>
            <CatalogPages client={client} place={place} />
          </Suspense>
        </main>
      ) : (
        <Workspace
          client={client}
          main={main}
          runs={runs.data?.runs}
          examples={runs.data?.examples}
          mayStart={runs.data?.mayStart ?? true}
          onStreaming={setStreaming}
          onUnauthorized={forgetToken}
        >
          <h1 className="visually-hidden">Groundplane console</h1>
          {runs.isError ? <Problem error={runs.error} onRetry={() => void runs.refetch()} /> : null}
        </Workspace>
      )}
    </>
  )
}

/** Nobody is connected who was not let in. */
function connectionShown(
  state: Connection,
  { locked, asked, streaming }: { locked: boolean; asked: boolean; streaming: Connection | null },
): Connection {
  if (state !== 'connected') return state
  if (locked) return 'locked'
  return asked ? (streaming ?? 'connected') : 'connecting'
}

interface WorkspaceProps {
  client: GroundplaneClient
  main: React.RefObject<HTMLElement | null>
  /** Undefined while they are being fetched. */
  runs: RunSummary[] | undefined
  /** Sentences the cluster offers. */
  examples: readonly string[] | undefined
  /** Whether the policy lets the holder of the token start a run. */
  mayStart: boolean
  onStreaming: (state: Connection | null) => void
  onUnauthorized: () => void
  children: React.ReactNode
}

function Workspace(props: WorkspaceProps) {
  const { client, main, runs, examples, mayStart, onStreaming, onUnauthorized, children } = props
  const runId = useRunRoute()
  const queries = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const summary = runs?.find((run) => run.runId === runId)
  useRunKeys(runs, runId, input)

  // Without a run in the address, the newest one is what there is to see.
  const newest = runs?.[0]?.runId
  useEffect(() => {
    if (runId === null && newest) goToRun(newest, 'replace')
  }, [runId, newest])

  const readAgain = useCallback(() => {
    void queries.invalidateQueries({ queryKey: ['runs'] })
    void queries.invalidateQueries({ queryKey: ['head'] })
  }, [queries])

  return (
    <div className="workspace">
      <RunList runs={runs} current={runId} mayStart={mayStart} />
      <main id="main" ref={main} tabIndex={-1}>
        {mayStart ? (
          <SentenceForm
            client={client}
            input={input}
            offered={offeredSentences(runs, examples)}
            onStarted={(started) => {
              goToRun(started)
              void queries.invalidateQueries({ queryKey: ['runs'] })
            }}
          />
        ) : (
          <ReadOnlyNote />
        )}
        {children}
        {runId ? (
          <RunPage
            key={runId}
            client={client}
            runId={runId}
            summary={summary}
            mayStart={mayStart}
            onStreaming={onStreaming}
            onUnauthorized={onUnauthorized}
            onEnded={readAgain}
          />
        ) : null}
        {!runId && runs?.length === 0 ? <Welcome mayStart={mayStart} /> : null}
      </main>
    </div>
  )
}
