import type { Diagnostic } from '@groundplane/core'
import type { Statement } from 'better-sqlite3'
import type { LoadMode, LoadResult } from '../api.js'
import { GraphError, MAX_REPORTED_VIOLATIONS, violationError } from '../error.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import type { BoundEdge, BoundNode, BoundType } from '../storage/bound-schema.js'
import { type Changeset, endpointMissing, type Put } from '../write/changeset.js'
import { encodeRow, sameValue } from '../write/row.js'
import type { StoredRow } from '../write/type-writer.js'
import { FreshType } from './fresh-type.js'
import { type LoadLine, lineRange, parseLine, problem } from './line.js'
import { EntityLines, EntityMarks } from './marks.js'
import { NewEdges } from './new-edges.js'

const PAGE = 1000
const MAX_WARNINGS = 100
/** Ends of edges remembered of one type at most: about 100 bytes each. */
const MAX_ENDS = 200_000

type EdgeLine = Extract<LoadLine, { kind: 'edge' }>

/**
 * The lines of one load against one changeset. Nodes land as they come; an edge
 * whose nodes are not there yet waits in a temporary table until all lines are
 * read.
 */
export class LoadRun {
  lines = 0
  nodes = 0
  edges = 0
  unchanged = 0
  /** Violations found, those past the report limit included. */
  rejected = 0
  readonly violations: Diagnostic[] = []
  readonly warnings: Diagnostic[] = []
  readonly #changes: Changeset
  readonly #mode: LoadMode
  /** Null: looked at, and not fresh. */
  readonly #fresh = new Map<number, FreshType | null>()
  readonly #newEdges = new Map<number, NewEdges>()
  /** Numbers of nodes that edges have named, by type. None of them is removed before every edge has its ends. */
  readonly #ends = new Map<number, Map<string, number>>()
  readonly #seen = new Map<number, EntityMarks>()
  readonly #cameFrom = new Map<number, EntityLines>()
  readonly #linesOf = new Map<BoundType, number>()
  #stage: Statement | undefined

  constructor(changes: Changeset, mode: LoadMode) {
    this.#changes = changes
    this.#mode = mode
  }

  take(text: string, line: number): void {
    this.lines++
    if (this.rejected >= MAX_REPORTED_VIOLATIONS) return
    const parsed = parseLine(text, line)
    if ('code' in parsed) this.#reject([parsed])
    else
      this.#guarded(line, () =>
        parsed.kind === 'node' ? this.#node(parsed, line) : this.#edge(parsed, line),
      )
  }

  /** Violations become part of the report, anything else ends the load. */
  #guarded(line: number, body: () => void): void {
    try {
      body()
    } catch (error) {
      if (!(error instanceof GraphError)) throw error
      if (error.code === 'constraint_violation') this.#reject(error.diagnostics ?? [], line)
      else if (error.code === 'unknown_type')
        this.#reject([problem(line, error.code, error.message, error.remedy ?? '')])
      else throw error
    }
  }

  #reject(diagnostics: readonly Diagnostic[], line?: number): void {
    for (const d of diagnostics) {
      this.rejected++
      if (this.violations.length < MAX_REPORTED_VIOLATIONS) {
        this.violations.push(line === undefined || d.range ? d : { ...d, range: lineRange(line) })
      }
    }
  }

  #node(parsed: Extract<LoadLine, { kind: 'node' }>, line: number): void {
    const type = this.#changes.nodeType(parsed.type)
    this.nodes++
    this.#count(type)
    const strict = this.#mode === 'append'
    const fresh = this.#freshType(type)
    const put = fresh
      ? this.#putFresh(fresh, type, 0, 0, parsed.data, strict)
      : this.#changes.putNode(type, parsed.data, strict)
    this.#account(type, put, line)
  }

  #count(type: BoundType): void {
    this.#linesOf.set(type, (this.#linesOf.get(type) ?? 0) + 1)
  }

  /** Lines by type, nodes before edges, each in the order of the schema. */
  get types(): LoadResult['types'] {
    const found = [...this.#linesOf].map(([{ kind, name, tid }, lines]) => ({ kind, name, lines, tid }))
    found.sort((a, b) => (a.kind === b.kind ? a.tid - b.tid : a.kind === 'node' ? -1 : 1))
    return found.map(({ tid: _, ...type }) => type)
  }

  #freshType(type: BoundType): FreshType | null {
    let fresh = this.#fresh.get(type.tid)
    if (fresh === undefined || fresh?.full) {
      fresh?.finish()
      fresh = fresh?.full ? null : FreshType.begin(this.#changes, type)
      this.#fresh.set(type.tid, fresh)
    }
    return fresh
  }

  #putFresh(
    fresh: FreshType,
    type: BoundType,
    src: number,
    dst: number,
    data: LoadLine['data'],
    strict: boolean,
  ): Put {
    const ctx = this.#changes
    const violations: Diagnostic[] = []
    const row = encodeRow(type, data, ctx, violations)
    if (!row) throw violationError(violations)
    return fresh.put(row, src, dst, strict, ctx)
  }

  #eidOf(type: BoundType, id: string): number | undefined {
    const fresh = this.#fresh.get(type.tid)
    if (fresh) return fresh.eidOf(id)
    const ends = entry(this.#ends, type.tid, () => new Map<string, number>())
    const known = ends.get(id)
    if (known !== undefined) return known
    const eid = this.#changes.writer(type).eidOf(id)
    if (ends.size >= MAX_ENDS) ends.clear()
    if (eid !== undefined) ends.set(id, eid)
    return eid
  }

  /** Notes what was seen: duplicates in the file, unchanged rows, the line of each entity. */
  #account(type: BoundType, put: Put, line: number): void {
    const first = entry(this.#seen, type.tid, () => new EntityMarks()).add(put.eid)
    entry(this.#cameFrom, type.tid, () => new EntityLines()).set(put.eid, line)
    if (!first) this.#duplicate(type, put.id, line)
    if (put.effect === 'unchanged') this.unchanged++
  }

  #duplicate(type: BoundType, id: string, line: number): void {
    const what = `${type.name} ${JSON.stringify(id)}`
    if (this.#mode === 'merge') {
      if (this.warnings.length < MAX_WARNINGS) {
        const warning = problem(
          line,
          'duplicate_key',
          `${what} stands in this load more than once.`,
          'The last line wins; remove the others if that is not meant.',
        )
        this.warnings.push({ ...warning, severity: 'warning' })
      }
    } else
      this.#reject([
        problem(
          line,
          'key_conflict',
          `${what} stands in this load more than once.`,
          'Keep one line per entity.',
        ),
      ])
  }

  #edge(parsed: EdgeLine, line: number): void {
    const type = this.#changes.edgeType(parsed.type)
    this.edges++
    this.#count(type)
    const src = this.#eidOf(type.from, parsed.from)
    const dst = this.#eidOf(type.to, parsed.to)
    if (src === undefined || dst === undefined) this.#wait(type, parsed, line)
    else this.#putEdge(type, src, dst, parsed, line)
  }

  #putEdge(type: BoundEdge, src: number, dst: number, parsed: EdgeLine, line: number): void {
    const fresh = this.#freshType(type)
    if (fresh) {
      const put = this.#putFresh(fresh, type, src, dst, parsed.data, this.#mode === 'append')
      this.#account(type, put, line)
      return
    }
    const anonymous = !Object.hasOwn(parsed.data, 'id')
    if (anonymous && this.#mode !== 'overwrite') {
      const added = entry(this.#newEdges, type.tid, () => new NewEdges(this.#changes, type))
      this.#account(type, added.put(src, dst, parsed.data), line)
      return
    }
    this.#newEdges.get(type.tid)?.flush()
    if (anonymous) {
      const same = this.#sameEdge(type, src, dst, parsed)
      if (same) {
        this.#account(type, { id: same.id, eid: same.eid, effect: 'unchanged' }, line)
        return
      }
    }
    const mode = this.#mode === 'append' ? 'insert' : 'merge'
    this.#account(type, this.#changes.insertEdge(type, src, dst, parsed.data, mode), line)
  }

  /** Overwriting without ids: an edge that stands already, not yet taken by another line, is kept. */
  #sameEdge(type: BoundEdge, src: number, dst: number, parsed: EdgeLine): StoredRow | undefined {
    const encoded = encodeRow(type, parsed.data, this.#changes, [])
    const taken = this.#seen.get(type.tid)
    return this.#changes
      .writer(type)
      .between(src, dst)
      .find(
        (row) => !taken?.has(row.eid) && encoded?.values.every((v, i) => sameValue(v, row.values[i] ?? null)),
      )
  }

  #wait(type: BoundEdge, parsed: EdgeLine, line: number): void {
    if (!this.#stage) {
      this.#changes.db.exec(
        'CREATE TEMP TABLE waiting_edges (line INTEGER PRIMARY KEY, tid INTEGER, from_id TEXT, to_id TEXT, data TEXT)',
      )
      this.#stage = this.#changes.db.prepare('INSERT INTO temp.waiting_edges VALUES (?, ?, ?, ?, ?)')
    }
    this.#stage.run(line, type.tid, parsed.from, parsed.to, JSON.stringify(parsed.data))
  }

  /** Writes the edges that waited for their nodes, then completes what was written in bulk. */
  link(): void {
    this.#linkWaiting()
    if (this.rejected > 0) return
    for (const added of this.#newEdges.values()) added.flush()
    for (const [tid, fresh] of this.#fresh) {
      fresh?.finish()
      this.#fresh.set(tid, null)
    }
  }

  #linkWaiting(): void {
    if (!this.#stage) return
    const page = this.#changes.db.prepare(
      'SELECT * FROM temp.waiting_edges WHERE line > ? ORDER BY line LIMIT ?',
    )
    for (let after = 0; ; ) {
      const rows = page.all(after, PAGE) as {
        line: number
        tid: number
        from_id: string
        to_id: string
        data: string
      }[]
      for (const row of rows) {
        after = row.line
        this.#guarded(row.line, () => this.#linkOne(row))
      }
      if (rows.length < PAGE || this.rejected >= MAX_REPORTED_VIOLATIONS) break
    }
  }

  #linkOne(row: { line: number; tid: number; from_id: string; to_id: string; data: string }): void {
    const type = this.#changes.schema.byTid.get(row.tid) as BoundEdge
    const src = this.#eidOf(type.from, row.from_id)
    const dst = this.#eidOf(type.to, row.to_id)
    if (src === undefined) this.#reject([endpointMissing(type.from, row.from_id, type, 'from')], row.line)
    if (dst === undefined) this.#reject([endpointMissing(type.to, row.to_id, type, 'to')], row.line)
    if (src === undefined || dst === undefined) return
    const parsed: EdgeLine = {
      kind: 'edge',
      type: type.name,
      from: row.from_id,
      to: row.to_id,
      data: JSON.parse(row.data),
    }
    this.#putEdge(type, src, dst, parsed, row.line)
  }

  /** Overwrite: what the touched types held and the file does not, goes. Edges first, so that nodes may follow. */
  removeUnlisted(): void {
    if (this.#mode !== 'overwrite') return
    const touched = [...this.#seen.keys()].map((tid) => this.#changes.schema.byTid.get(tid) as BoundType)
    for (const type of touched.filter((t) => t.kind === 'edge')) {
      for (const row of this.#unlisted(type)) this.#changes.delete(type, row)
    }
    for (const type of touched.filter((t) => t.kind === 'node')) {
      for (const row of this.#unlisted(type)) this.#removeNode(type, row)
    }
  }

  #removeNode(type: BoundNode, row: StoredRow): void {
    for (const { edge, end } of type.incident) {
      const left = this.#changes.writer(edge).incident(end, row.eid)
      if (left.length === 0) continue
      this.#reject([
        {
          code: 'orphan_edge' satisfies GraphDiagnosticCode,
          severity: 'error',
          message: `${type.name} ${JSON.stringify(row.id)} is not in the file, but ${left.length} ${edge.name} edges need it.`,
          remedy: `Keep the ${type.name} in the file, or load the ${edge.name} edges with it.`,
          path: type.name,
          details: { type: type.name, id: row.id, edge: edge.name },
        },
      ])
      return
    }
    this.#changes.delete(type, row)
  }

  *#unlisted(type: BoundType): Iterable<StoredRow> {
    const kept = this.#seen.get(type.tid)
    for (let after = 0; ; ) {
      const rows = this.#changes.writer(type).page(after, null, [], PAGE)
      for (const row of rows) {
        after = row.vid
        if (!kept?.has(row.eid)) yield row
      }
      if (rows.length < PAGE) return
    }
  }

  /** Adds the line to a violation that only showed in the final state. */
  locate(d: Diagnostic): Diagnostic {
    const { type: name, id } = (d.details ?? {}) as { type?: string; id?: string }
    const type =
      name === undefined
        ? undefined
        : (this.#changes.schema.nodes.get(name) ?? this.#changes.schema.edges.get(name))
    if (!type || id === undefined || d.range) return d
    const eid = this.#changes.writer(type).eidOf(id)
    const line = eid === undefined ? undefined : this.#cameFrom.get(type.tid)?.get(eid)
    return line === undefined ? d : { ...d, range: lineRange(line) }
  }
}

function entry<V>(map: Map<number, V>, key: number, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
