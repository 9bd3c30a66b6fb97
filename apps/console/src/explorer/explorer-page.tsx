import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useMemo, useState } from 'react'
import { ask, type LineagePage } from '../catalog/answers'
import {
  ALL_HOPS,
  fragmentOfEntity,
  fragmentOfLineage,
  fragmentOfSearch,
  type LineagePlace,
} from '../catalog/catalog-route'
import { nameOf, nameOfUrn, pathOf } from '../catalog/names'
import { type LineageView, PictureOrList } from '../lineage/picture-or-list'
import { goTo } from '../shell/address'
import { Problem } from '../shell/problem'
import { useWide } from '../shell/use-wide'
import { formatCount, plural } from '../text/format'
import { Identifier } from '../text/identifier'
import type { GroundplaneClient } from '../wire/types'
import { type ColumnTrace, columnTrace } from './column-trace'
import { ExplorerCanvas, type ExplorerCanvasProps } from './explorer-canvas'
import { ExplorerDetails } from './explorer-details'
import { ExplorerList } from './explorer-list'
import { FindInPicture } from './find-in-picture'
import { LargeCanvas } from './large-canvas'
import { MOST_NODES, type ShownGraph, type Side, sideKey, type Unfolded } from './lineage-graph'
import { placeGraph } from './place-graph'
import { useLineage } from './use-lineage'

const NOTHING_UNFOLDED: Unfolded = { opened: new Set(), closed: new Set() }
const NOTHING_BESIDES: ReadonlyMap<string, number> = new Map()
const NO_EDGES: ReadonlySet<string> = new Set()
/** The most that the server gives of a trace in one answer. */
const MOST_TRACED = 1000

/** The lineage explorer: hop by hop around a dataset, opened and folded by hand, searched, and traced column by column. */
export default function ExplorerPage({ client, place }: { client: GroundplaneClient; place: LineagePlace }) {
  const { urn: start, up, down, column } = place
  const wide = useWide(720)
  const [chosen, setChosen] = useState<LineageView | null>(null)
  const shown = chosen ?? (wide ? 'picture' : 'list')
  const [unfolded, setUnfolded] = useState(NOTHING_UNFOLDED)
  const [openUrn, setOpenUrn] = useState<string | null>(null)
  const [text, setText] = useState('')
  const [look, setLook] = useState<{ urn: string } | null>(null)

  const trace = useTrace(client, start, column)
  const traced = column ? trace.data : undefined
  const hops = useMemo(() => ({ up, down }), [up, down])
  const { graph, reading, error, retry } = useLineage(
    client,
    start,
    hops,
    unfolded,
    traced?.ranks ?? NOTHING_BESIDES,
  )
  const placed = usePlaced(graph, shown === 'picture')
  const asked = useDeferredValue(text)
  const found = useMemo(() => matching(graph, asked), [graph, asked])
  const matches = useMemo(() => (asked.trim() ? new Set(found) : null), [found, asked])
  const first = graph.nodes[0]
  const name = first?.document ? nameOf(first.document) : nameOfUrn(start)
  useEffect(() => {
    document.title = `Lineage of ${name} · Groundplane`
  }, [name])

  const open = graph.nodes.find((node) => node.urn === openUrn)
  const fold = (side: Side, urn: string, opening: boolean) => {
    const key = sideKey(side, urn)
    setUnfolded(({ opened, closed }) => ({
      opened: opening ? new Set([...opened, key]) : without(opened, key),
      closed: opening ? without(closed, key) : new Set([...closed, key]),
    }))
  }
  const close = () => {
    const from = openUrn
    setOpenUrn(null)
    if (from) document.querySelector<HTMLElement>(`[data-id="${CSS.escape(from)}"]`)?.focus()
  }

  if (error) {
    return <Problem error={error} title="The lineage cannot be read." onRetry={retry} />
  }
  if (reading === 0 && first && !first.document) return <NoSuchEntity client={client} urn={start} />
  return (
    <article className="explorer">
      <p className="crumbs">
        <a href={fragmentOfSearch()}>Catalog</a>
        <a href={fragmentOfEntity(start, 'lineage')}>{name}</a>
      </p>
      <h1>
        Lineage of <Identifier name={name} /> <code className="result-path">{pathOf(start)}</code>
      </h1>
      <div className="tab-tools">
        <Hops
          label="Sources"
          hops={up}
          onHops={(next) => goTo(fragmentOfLineage(start, { ...place, up: next }), 'replace')}
        />
        <Hops
          label="Readers"
          hops={down}
          onHops={(next) => goTo(fragmentOfLineage(start, { ...place, down: next }), 'replace')}
        />
        <FindInPicture text={text} found={found} onText={setText} onGo={(urn) => setLook({ urn })} />
        <PictureOrList shown={shown} onChoose={setChosen} />
      </div>
      <p className="explorer-status" role="status">
        {plural(graph.nodes.length, 'dataset')}, {plural(graph.edges.length, 'edge')}
        {reading > 0 ? `, ${formatCount(reading)} still being read` : ''}
        {graph.cut
          ? `. There are more: a picture holds ${formatCount(MOST_NODES)}, so fold some or start elsewhere.`
          : ''}
      </p>
      {column ? <TraceNote place={place} trace={trace.data} error={trace.error} /> : null}
      {placed.isError ? (
        <p className="hint">The picture could not be drawn in this browser. The list shows the same.</p>
      ) : null}
      {shown === 'list' ? (
        <ExplorerList graph={graph} matches={matches} trace={traced?.columns ?? null} />
      ) : (
        <div className="lineage-area explorer-area">
          <div className="lineage">
            {placed.data ? (
              <Picture
                placed={placed.data}
                start={start}
                openUrn={openUrn}
                onOpen={setOpenUrn}
                look={look}
                matches={matches}
                trace={traced?.columns ?? null}
                tracedEdges={traced?.edges ?? NO_EDGES}
              />
            ) : (
              <span className="skeleton explorer-skeleton" aria-hidden="true" />
            )}
          </div>
          {open ? (
            <ExplorerDetails
              key={open.urn}
              node={open}
              start={start}
              column={column}
              onFold={(side, opening) => fold(side, open.urn, opening)}
              onClose={close}
            />
          ) : null}
        </div>
      )}
    </article>
  )
}

/** Above this many datasets the picture is drawn by hand: as elements of the page they would move too slowly. */
const MOST_ELEMENTS = 120

function Picture(props: ExplorerCanvasProps) {
  return props.placed.nodes.length > MOST_ELEMENTS ? (
    <LargeCanvas {...props} />
  ) : (
    <ExplorerCanvas {...props} />
  )
}

function without(keys: ReadonlySet<string>, key: string): Set<string> {
  return new Set([...keys].filter((one) => one !== key))
}

/** Datasets of the picture whose name or path holds every word. */
function matching(graph: ShownGraph, text: string): string[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  return graph.nodes
    .filter(({ urn, document }) => {
      const said = `${document ? nameOf(document) : ''}\n${urn}`.toLowerCase()
      return words.every((word) => said.includes(word))
    })
    .map(({ urn }) => urn)
}

/** The picture before stays until the next is placed. */
function usePlaced(graph: ShownGraph, enabled: boolean) {
  // A picture half read is not placed over and over: once when there is something to see, and once when all is read.
  const settled = graph.wanted.length === 0
  const some = graph.nodes.length > 1 || settled
  const key = settled
    ? graph.nodes.map((node) => `${node.urn} ${node.hidden.up} ${node.hidden.down}`).join('\n')
    : `begun ${graph.nodes[0]?.urn}`
  return useQuery({
    queryKey: ['catalog', 'placed', key],
    queryFn: () => placeGraph(graph),
    enabled: enabled && some,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: 2,
  })
}

function useTrace(client: GroundplaneClient, urn: string, column: string | null) {
  return useQuery({
    queryKey: ['catalog', 'trace', urn, column],
    enabled: column !== null,
    staleTime: 10_000,
    queryFn: async ({ signal }) => {
      const args = { urn, column, max_hops: ALL_HOPS, max_results: MOST_TRACED }
      const [above, below] = await Promise.all([
        ask(client, 'get_lineage', { ...args, upstream: true }, signal),
        ask(client, 'get_lineage', { ...args, upstream: false }, signal),
      ])
      return columnTrace(urn, column ?? '', above.upstreams as LineagePage, below.downstreams as LineagePage)
    },
  })
}

function Hops({ label, hops, onHops }: { label: string; hops: number; onHops: (hops: number) => void }) {
  return (
    <fieldset className="chips hops">
      <legend>{label}</legend>
      {[0, 1, 2, 3, ALL_HOPS].map((one) => (
        <button
          key={one}
          type="button"
          className="chip"
          aria-pressed={hops === one}
          aria-label={one === ALL_HOPS ? `All ${label.toLowerCase()}` : `${label}: ${plural(one, 'hop')}`}
          onClick={() => onHops(one)}
        >
          {one === ALL_HOPS ? 'All' : one}
        </button>
      ))}
    </fieldset>
  )
}

function TraceNote({
  place,
  trace,
  error,
}: {
  place: LineagePlace
  trace: ColumnTrace | undefined
  error: unknown
}) {
  if (error) return <Problem error={error} title="This column cannot be traced." />
  const others = trace ? trace.columns.size - 1 : null
  return (
    <p className="trace-note">
      Column <code>{place.column}</code>{' '}
      {others === null
        ? 'is being traced'
        : others === 0
          ? 'is not known to come from, or to feed, a column of another dataset'
          : `runs through ${plural(others, 'other dataset')}`}
      {trace && trace.missing > 0
        ? `, and ${formatCount(trace.missing)} that the answer had no room for`
        : ''}
      . <a href={fragmentOfLineage(place.urn, { ...place, column: null })}>Show all columns</a>
    </p>
  )
}

/** Tells what the server says of it. */
function NoSuchEntity({ client, urn }: { client: GroundplaneClient; urn: string }) {
  const answer = useQuery({
    queryKey: ['catalog', 'entity', urn],
    queryFn: ({ signal }) => ask(client, 'get_entities', { urns: urn }, signal),
  })
  if (answer.isPending) return null
  return <Problem error={answer.error} title="Its lineage cannot be shown." />
}
