import { raw, type Sql, sql } from '../compile/sql.js'

/**
 * What a read sees: the branch, then its ancestors, each up to a commit. A row
 * version belongs to the view when its branch is in the chain, it was born by
 * then and not yet ended, and no branch nearer to the reader superseded it.
 */
export interface View {
  /** Nearest first. `upto: null` means the head, whatever it becomes: only ever on the first link. */
  readonly chain: readonly { readonly br: number; readonly upto: number | null }[]
  /** Only on a part of a view (`viewParts`): which disjunct of its predicate it is. */
  readonly part?: number
}

export const MAIN = 1
export const MAIN_HEAD: View = { chain: [{ br: MAIN, upto: null }] }

/** The seq of the head of main, from the last commit of any branch. */
export const MAIN_SEQ = 'SELECT main_seq FROM commits ORDER BY seq DESC LIMIT 1'

/** The condition of the partial indexes that hold the head of main. */
export const HOT = 'br = 1 AND ended IS NULL'
/** And of those that hold every other version. Each version is in exactly one of the two. */
export const COLD = 'br <> 1 OR ended IS NOT NULL'

/**
 * Predicate over the version columns of `alias`. Each disjunct implies the
 * condition of one partial index, so SQLite answers it with one search per
 * disjunct (MULTI-INDEX OR); main at head is a single search.
 */
export function visible(view: View, alias: string, tid: number): Sql {
  return anyOf(visibleDisjuncts(view, alias, tid))
}

export function visibleDisjuncts(view: View, alias: string, tid: number): Sql[] {
  const all = allDisjuncts(view, alias, tid)
  return view.part === undefined ? all : [all[view.part] as Sql]
}

/**
 * Views that between them see what `view` sees, each version in one of them and
 * each through one index. What main's head still has comes first: of an entity
 * looked up on a branch that is most often all there is to read.
 */
export function viewParts(view: View): View[] {
  const parts = view.chain.flatMap((link) =>
    link.br === MAIN && link.upto !== null ? [HOT, COLD] : [link.br === MAIN ? HOT : COLD],
  )
  const numbered = parts.map((condition, part) => ({ condition, view: { ...view, part } }))
  const [hot, cold] = [HOT, COLD].map((c) => numbered.filter((n) => n.condition === c).map((n) => n.view))
  return [...(hot as View[]), ...(cold as View[])]
}

function allDisjuncts(view: View, alias: string, tid: number): Sql[] {
  return view.chain.flatMap((link, i) => {
    const parts = linkDisjuncts(link, alias)
    if (i === 0) return parts
    const shadow = notHidden(view.chain.slice(0, i), alias, tid)
    return parts.map((part) => sql`${part} AND ${shadow}`)
  })
}

function linkDisjuncts(link: View['chain'][number], alias: string): Sql[] {
  const a = raw(alias)
  if (link.upto === null) {
    return link.br === MAIN
      ? [sql`${a}.br = 1 AND ${a}.ended IS NULL`]
      : [sql`${a}.br <> 1 AND ${a}.br = ${raw(link.br)} AND ${a}.ended IS NULL`]
  }
  const upto = raw(link.upto)
  if (link.br !== MAIN) {
    const own = sql`${a}.br <> 1 AND ${a}.br = ${raw(link.br)} AND ${a}.born <= ${upto}`
    return [sql`${own} AND (${a}.ended IS NULL OR ${a}.ended > ${upto})`]
  }
  // The plus: what all disjuncts had in common SQLite could make an index of, for one statement, over the whole table.
  return [
    sql`${a}.br = 1 AND ${a}.ended IS NULL AND ${a}.born <= ${upto}`,
    sql`+${a}.br = 1 AND ${a}.ended IS NOT NULL AND ${a}.ended > ${upto} AND ${a}.born <= ${upto}`,
  ]
}

function notHidden(nearer: View['chain'], alias: string, tid: number): Sql {
  const links = nearer.map((link) =>
    link.upto === null
      ? sql`h.br = ${raw(link.br)}`
      : sql`h.br = ${raw(link.br)} AND h.seq <= ${raw(link.upto)}`,
  )
  return sql`NOT EXISTS (SELECT 1 FROM hidden h WHERE h.tid = ${raw(tid)} AND h.vid = ${raw(alias)}.vid AND ${anyOf(links)})`
}

/** `(a) OR (b)`; one disjunct stays bare. */
export function anyOf(parts: readonly Sql[]): Sql {
  if (parts.length === 1) return parts[0] as Sql
  return sql`(${parts.map((p) => sql`(${p})`).reduce((a, b) => sql`${a} OR ${b}`)})`
}
