import type { Diagnostic } from '@groundplane/core'
import { type Artefact, eachMember } from './read-artefact.js'

/** A relation as the warehouse described it to `dbt docs generate`. */
export interface CatalogRelation {
  /** `BASE TABLE`, `VIEW`, as the warehouse says it. */
  readonly type?: string
  /** What the warehouse itself says it is. */
  readonly comment?: string
  readonly rows?: number
  readonly columns: readonly CatalogColumn[]
}

export interface CatalogColumn {
  readonly name: string
  /** As the warehouse prints it. */
  readonly type: string
  readonly comment?: string
}

/** Relations by the id of their node. */
export function readCatalogFile(artefact: Artefact, mistakes: Diagnostic[]): Map<string, CatalogRelation> {
  const relations = new Map<string, CatalogRelation>()
  for (const section of ['nodes', 'sources'])
    eachMember(artefact, section, mistakes, (id, node) => {
      const metadata = node.object('metadata')
      const type = metadata?.string('type')
      const comment = metadata?.string('comment')
      const rows = rowsOf(node.object('stats')?.object('num_rows')?.raw('value'))
      const columns = node.object('columns')
      relations.set(id, {
        ...(type !== undefined && { type }),
        ...(comment && { comment }),
        ...(rows !== undefined && { rows }),
        columns: (columns?.keys() ?? [])
          .map((key) => {
            const column = columns?.object(key)
            const said = column?.string('comment')
            return {
              index: column?.number('index') ?? 0,
              name: column?.string('name') ?? key,
              type: column?.string('type') ?? '',
              ...(said && { comment: said }),
            }
          })
          .sort((a, b) => a.index - b.index)
          .map(({ index: _, ...column }) => column),
      })
    })
  return relations
}

/** Some adapters count, and some of those write the number as a text. */
function rowsOf(value: unknown): number | undefined {
  const rows = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof rows === 'number' && Number.isSafeInteger(rows) && rows >= 0 ? rows : undefined
}
