import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { type BranchesPlace, branchesPlaceOf } from './branches/branch-route'
import { type CatalogPlace, catalogPlaceOf } from './catalog/catalog-route'
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
import { type Area, Header } from './shell/header'
import { OfflineBanner } from './shell/offline-banner'
import { Problem } from './shell/problem'
import { type Connection, useConnection } from './shell/use-connection'
import { isUnauthorized } from './wire/failure'
import type { GroundplaneClient, RunSummary } from './wire/types'

const BranchesPages = lazy(() => import('./branches/branches-page'))
const CatalogPages = lazy(() => import('./catalog/catalog-pages'))
const SourcesPage = lazy(() => import('./sources/sources-page'))

type Place =
  | { area: 'on-call' }
  | { area: 'catalog'; place: CatalogPlace }
  | { area: 'branches'; place: BranchesPlace }
  | { area: 'sources' }

/** What the fragment of the address names; what it does not name is the on-call crew. */
function placeOf(fragment: string): Place {
  const catalog = catalogPlaceOf(fragment)
  if (catalog) return { area: 'catalog', place: catalog }
  const branches = branchesPlaceOf(fragment)
  if (branches) return { area: 'branches', place: branches }
  return /^#\/sources\/?$/.test(fragment) ? { area: 'sources' } : { area: 'on-call' }
}

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
  const place = placeOf(useFragment())
  const graph = runs.isPending ? undefined : (runs.data?.graph ?? null)

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
        area={place.area satisfies Area}
        graph={(!locked && graph) || null}
        connection={connectionShown(connection.state, { locked, asked: !runs.isPending, streaming })}
        onSignOut={hasToken && runs.isSuccess ? forgetToken : null}
      />
      {connection.state === 'offline' ? <OfflineBanner onRetry={retry} /> : null}
      {locked ? (
        <main id="main" ref={main} tabIndex={-1} className="gate">
          <TokenForm refused={hasToken} onToken={onToken} />
        </main>
      ) : place.area !== 'on-call' ? (
        <main id="main" ref={main} tabIndex={-1} className="catalog">
          <Suspense fallback={null}>
            {place.area === 'catalog' ? (
              <CatalogPages client={client} place={place.place} />
            ) : place.area === 'branches' ? (
              <BranchesPages client={client} place={place.place} catalog={graph} />
            ) : (
              <SourcesPage client={client} />
            )}
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
