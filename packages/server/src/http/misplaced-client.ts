/**
 * What to say at an address where there is nothing to a client of another system whose address of the server is not
 * that of a graph: to the server's own root most of all. `undefined` for any other path. The names of graphs are not
 * told, since nobody has been asked yet who they are.
 */
export function misplacedClient(method: string, path: string): string | undefined {
  if (method === 'POST' && OPENLINEAGE.test(path)) {
    const url = `the address of this server and ${baseOf(path, 'openlineage')}`
    return `For events of OpenLineage set OPENLINEAGE_URL to ${url}, without api/v1/lineage at its end; its clients add that.`
  }
  if (DATAHUB.test(path)) {
    const url = `the address of this server and ${baseOf(path, 'datahub')}`
    return `For clients of DataHub set the address (DATAHUB_GMS_URL, server) to ${url}.`
  }
  return undefined
}

const OPENLINEAGE = /^\/$|\/lineage(\/batch)?\/*$|\/openlineage\b/
const DATAHUB = /^\/+(config|aspects|entities|entitiesV2|api\/graphql|openapi\/v\d+)(\/|$)|\/datahub\b/

function baseOf(path: string, surface: string): string {
  const graph = /^\/+graphs\/+([^/]+)/.exec(path)?.[1] ?? '{id of a catalog graph}'
  return `/graphs/${graph}/${surface}`
}
