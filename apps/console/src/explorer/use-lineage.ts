import { useEffect, useMemo, useState } from 'react'
import { askEntities, type EntityDocument } from '../catalog/answers'
import type { GroundplaneClient } from '../wire/types'
import { type ShownGraph, type Side, shownGraph, type Unfolded } from './lineage-graph'

/** Datasets asked for in one call, and calls at one time. */
const BATCH = 40
const AT_ONCE = 3

export interface Lineage {
  graph: ShownGraph
  /** Datasets of the picture that are still to be read. */
  reading: number
  error: unknown
  retry: () => void
}

/** Reads what the picture needs, nearest first, and gives the picture as it grows. What was read is kept while the page is open. */
export function useLineage(
  client: GroundplaneClient,
  start: string,
  hops: Record<Side, number>,
  unfolded: Unfolded,
  besides: ReadonlyMap<string, number>,
): Lineage {
  const [known, setKnown] = useState<ReadonlyMap<string, EntityDocument | 'unreadable'>>(() => new Map())
  const [error, setError] = useState<unknown>(null)
  const { up, down } = hops
  const graph = useMemo(
    () => shownGraph(start, known, { up, down }, unfolded, besides),
    [start, known, up, down, unfolded, besides],
  )
  const { wanted } = graph

  useEffect(() => {
    if (error || wanted.length === 0) return
    const abort = new AbortController()
    const batches = wanted.slice(0, BATCH * AT_ONCE)
    const reading = Array.from({ length: Math.ceil(batches.length / BATCH) }, (_, i) =>
      askEntities(client, batches.slice(i * BATCH, (i + 1) * BATCH), abort.signal),
    )
    void Promise.all(reading).then(
      (answers) => {
        if (abort.signal.aborted) return
        setKnown((before) => {
          const after = new Map(before)
          for (const one of answers.flat()) {
            if (!('error' in one)) after.set(one.urn, one)
            // Left out only because the answer was full: it is wanted still, and asked for again.
            else if (one.code !== 'answer_full') after.set(one.urn, 'unreadable')
          }
          return after
        })
      },
      (failure) => {
        if (!abort.signal.aborted) setError(failure)
      },
    )
    return () => abort.abort()
  }, [client, wanted, error])

  return { graph, reading: wanted.length, error, retry: () => setError(null) }
}
