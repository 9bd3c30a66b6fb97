import { type DerivedArray, readDerivedFile, writeDerivedFile } from '@groundplane/graph'
import type { IndexArrays } from './number-array.js'
import { TextIndex } from './text-index.js'

/** Name of the file in the graph's directory for derived files. */
const KIND = 'search'
/**
 * Of what an index is made of and how its words, weights and values are found: raised with every change of `collect.ts`,
 * `words.ts`, `document-words.ts`, `text-index.ts` or the classes in it that would make another index of the same documents.
 */
const VERSION = 2

/** An index and the commit it shows. */
export interface IndexAt {
  readonly index: TextIndex
  readonly commit: string
}

/** The index that was kept of a graph's main; undefined when there is none, or none that can be read. */
export function loadIndex(graph: { readonly root: string; readonly id: string }): IndexAt | undefined {
  const found = readDerivedFile(graph.root, { graph: graph.id, kind: KIND, version: VERSION })
  if (found.reason !== undefined) return undefined
  return { index: new TextIndex(nested(found.arrays)), commit: found.commit }
}

/** Keeps an index for the next start. Throws errors of the file system. */
export function saveIndex(
  graph: { readonly root: string; readonly id: string },
  { index, commit }: IndexAt,
): void {
  const stamp = { graph: graph.id, commit, kind: KIND, version: VERSION }
  writeDerivedFile(graph.root, stamp, new Map(flat(index.arrays())))
}

/** Arrays by their paths. */
export function* flat(arrays: IndexArrays, path = ''): Generator<[string, DerivedArray]> {
  for (const [name, one] of Object.entries(arrays))
    if (ArrayBuffer.isView(one)) yield [path + name, one as DerivedArray]
    else yield* flat(one, `${path}${name}/`)
}

function nested(arrays: ReadonlyMap<string, DerivedArray>): IndexArrays {
  const root: Record<string, unknown> = {}
  for (const [path, array] of arrays) {
    const names = path.split('/')
    let at = root
    for (const name of names.slice(0, -1)) {
      at[name] ??= {}
      at = at[name] as Record<string, unknown>
    }
    at[names.at(-1) as string] = array
  }
  return root as IndexArrays
}
