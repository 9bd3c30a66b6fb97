import type { ClusterTarget } from './cluster-target.js'
import { CommandError } from './errors.js'

/** The catalog meant: the named one, the only one, or the one the crew works on. */
export function catalogOf({ revision }: ClusterTarget, id: string | undefined): string {
  const catalogs = revision.graphs.filter((g) => g.kind === 'catalog').map((g) => g.id)
  const found = id ?? (catalogs.length === 1 ? catalogs[0] : revision.crew?.graph)
  if (found !== undefined && catalogs.includes(found)) return found
  throw new CommandError(
    'catalog_not_found',
    id === undefined ? 'No catalog graph is meant.' : `"${id}" is no catalog graph.`,
    {
      kind: 'not-found',
      remedy: `Choose with --graph: ${catalogs.join(', ') || 'none is applied; declare one with kind: catalog'}.`,
    },
  )
}
