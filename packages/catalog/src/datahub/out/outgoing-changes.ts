import type { Principal } from '@groundplane/core'
import type { EntityChange, Graph } from '@groundplane/graph'
import type { Catalog } from '../../catalog.js'
import { hasStatus, withheldReason } from '../entity-registry.js'
import { keyAspectOf } from '../record-types.js'
import { wireText } from '../wire-text.js'
import type { OutgoingChange } from './outgoing-change.js'

/** Node types of the record. */
const RECORD_TYPES = ['Aspect', 'TimeseriesAspect'] as const
/** Changes of the graph read at once; each has the texts of before and after. */
const PAGE = 500

type Data = Readonly<Record<string, unknown>>

interface Span {
  /** Commit. Null: everything that is recorded at `to`. */
  readonly from: string | null
  /** Commit. */
  readonly to: string
  readonly principal?: Principal
}

/**
 * What has to be said to DataHub so that it knows at `to` what it knew at `from`: one change for
 * each record that differs, in an order that follows from the two commits alone, so that the n-th
 * is the n-th again. Aspects first, by entity; then events. Memory: a page of changes. Policy is
 * asked for `export` of everything, and for `read` of a difference.
 *
 * Errors: those of `Graph.export` and `Graph.diff`; of a commit whose data `cleanup` removed, `GraphError`.
 */
export function outgoingChanges(catalog: Catalog, span: Span): Iterable<OutgoingChange> {
  return span.from === null ? everything(catalog.graph, span) : difference(catalog, span, span.from)
}

function* everything(graph: Graph, { to, principal }: Span): Iterable<OutgoingChange> {
  const lines = graph.export({ commit: to, types: [...RECORD_TYPES], ...(principal && { principal }) })
  for (const line of lines) yield upsert((JSON.parse(line) as { data: Data }).data, true)
}

function* difference(catalog: Catalog, { to, principal }: Span, from: string): Iterable<OutgoingChange> {
  const deletions = new Deletions(catalog, from, to, principal)
  let pageToken: string | undefined
  let removed = ''
  do {
    const page = catalog.graph.diff({
      from,
      to,
      types: [...RECORD_TYPES],
      limit: PAGE,
      ...(pageToken !== undefined && { pageToken }),
      ...(principal && { principal }),
    })
    for (const each of page.changes) {
      const change = outgoing(each, deletions)
      // The aspects of an entity follow each other: its removal is said once.
      if (change.op === 'remove' && change.urn === removed) continue
      if (change.op === 'remove') removed = change.urn
      yield change
    }
    pageToken = page.nextPageToken ?? undefined
  } while (pageToken !== undefined)
}

function outgoing({ op, before, after }: EntityChange, deletions: Deletions): OutgoingChange {
  return after === null ? deletions.of(before as Data) : upsert(after as Data, op === 'inserted')
}

function headOf(data: Data) {
  const [urn, entityType, aspectName] = [data['urn'], data['entityType'], data['name']].map(String)
  return { urn, entityType, aspectName } as { urn: string; entityType: string; aspectName: string }
}

function upsert(data: Data, isNew: boolean): OutgoingChange {
  const head = headOf(data)
  const reason = withheldReason(head.entityType, head.aspectName)
  if (reason) return { op: 'withheld', ...head, reason }
  const event = data['at'] === undefined ? undefined : { at: Number(data['at']), part: String(data['part']) }
  return { op: 'upsert', ...head, text: wireText(String(data['text'])), isNew, ...(event && { event }) }
}

/** What has to be said of a record that is gone depends on whether its entity is gone with it. */
class Deletions {
  constructor(
    readonly catalog: Catalog,
    readonly from: string,
    readonly to: string,
    readonly principal: Principal | undefined,
  ) {}

  of(data: Data): OutgoingChange {
    const head = headOf(data)
    const reason = withheldReason(head.entityType, head.aspectName)
    if (reason) return { op: 'withheld', ...head, reason }
    if (data['at'] !== undefined) return { op: 'withheld', ...head, reason: 'event_deletion_unsupported' }
    if (this.catalog.hasRecord(head.urn, this.#at(this.to))) {
      // To DataHub, deleting the key is deleting the entity; and the key of one that is there follows from its URN.
      if (head.aspectName === keyAspectOf(head.entityType))
        return { op: 'withheld', ...head, reason: 'key_of_living_entity' }
      return { op: 'delete', ...head }
    }
    if (!hasStatus(head.entityType)) return { op: 'withheld', ...head, reason: 'removal_unsupported' }
    return { op: 'remove', ...head, aspectName: 'status', aspects: this.#aspectsBefore(head) }
  }

  #aspectsBefore({ urn, entityType }: { urn: string; entityType: string }): string[] {
    return this.catalog
      .aspectRecords(urn, this.#at(this.from))
      .map(({ name }) => name)
      .filter((name) => withheldReason(entityType, name) === undefined)
  }

  #at(commit: string) {
    return { commit, ...(this.principal && { principal: this.principal }) }
  }
}
