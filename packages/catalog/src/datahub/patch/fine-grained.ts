import { type Mutable, type MutableObject, PatchError } from './json-patch.js'

/** Stands in a path for the operation or the query an entry does not name. */
const NONE = 'NONE'

/**
 * Column lineage as patches address it: operation → downstream column → query → upstream column,
 * with what is said of that one upstream as the leaf. Entries with none or several downstreams
 * cannot be addressed and are left as they are.
 */
export class FineGrained {
  readonly map: MutableObject = Object.create(null) as MutableObject
  readonly #others: Mutable[] = []

  constructor(entries: readonly Mutable[]) {
    for (const entry of entries) this.#add(entry)
  }

  #add(entry: Mutable): void {
    const { downstreams, upstreams, transformOperation, query, ...said } = entry as MutableObject
    if (!Array.isArray(downstreams) || downstreams.length !== 1 || !Array.isArray(upstreams)) {
      this.#others.push(entry)
      return
    }
    let node = this.map
    for (const key of [transformOperation ?? NONE, downstreams[0], query ?? NONE].map(String)) {
      node[key] ??= Object.create(null) as MutableObject
      node = node[key] as MutableObject
    }
    for (const upstream of upstreams) node[String(upstream)] = { ...said }
  }

  /** The list of entries, after a patch. A list that the patch put there whole is the answer. */
  entries(patched: Mutable | undefined): Mutable[] {
    if (patched === undefined) return []
    if (Array.isArray(patched)) return patched
    const entries: Mutable[] = []
    for (const [operation, downstreams] of membersOf(patched))
      for (const [downstream, queries] of membersOf(downstreams))
        for (const [query, upstreams] of membersOf(queries)) {
          const leaves = membersOf(upstreams)
          if (leaves.length > 0) entries.push(entryOf(operation, downstream, query, leaves))
        }
    return [...entries, ...this.#others]
  }
}

function membersOf(node: Mutable): [string, Mutable][] {
  if (node === null || typeof node !== 'object' || Array.isArray(node))
    throw new PatchError(
      'fineGrainedLineages is addressed by operation, downstream, query and upstream, in this order',
    )
  return Object.entries(node)
}

/** One entry for all upstreams; it is as sure as the least sure of them. */
function entryOf(
  operation: string,
  downstream: string,
  query: string,
  upstreams: readonly [string, Mutable][],
): MutableObject {
  const said = upstreams.map(([, leaf]) => Object.fromEntries(membersOf(leaf)))
  const scores = said.map((s) => (typeof s['confidenceScore'] === 'number' ? s['confidenceScore'] : 1))
  return {
    upstreamType: 'FIELD_SET',
    downstreamType: 'FIELD',
    ...Object.assign({}, ...said),
    upstreams: upstreams.map(([upstream]) => upstream),
    downstreams: [downstream],
    ...(operation !== NONE && { transformOperation: operation }),
    ...(query !== NONE && { query }),
    confidenceScore: Math.min(...scores),
  }
}
