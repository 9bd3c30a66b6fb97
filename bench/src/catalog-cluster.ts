import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLI, command, type Listening, startServer } from './process.js'

/** Who asks a server of a bench, and with what. */
export const TOKEN = 'bench-token'

const CLUSTER = `version: 1
metadata: { name: bench }
graphs:
  catalog: { kind: catalog }
policies:
  base: { file: base.policy.yaml, applies_to: [catalog] }
`
const POLICY = `version: 1
rules:
  - { id: operator-does, allow: { actors: [operator], actions: [read, change, invoke_query] } }
`

/**
 * An applied cluster of one empty catalog, with policy, in a directory that may be there.
 * @returns where the graph of the catalog is
 */
export async function makeCatalogCluster(dir: string, cli = CLI): Promise<string> {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'cluster.yaml'), CLUSTER)
  writeFileSync(join(dir, 'base.policy.yaml'), POLICY)
  await command([cli, 'cluster', 'import', '--config', dir])
  await command([cli, 'cluster', 'apply', '--config', dir, '--as', 'operator'])
  return join(dir, 'graphs', 'catalog.gp')
}

/** Serves it on a free port to whoever has `TOKEN`. */
export function serveCatalog(dir: string, options: readonly string[] = [], cli = CLI): Promise<Listening> {
  return startServer([cli, 'serve', '--cluster', dir, '--bind', '127.0.0.1:0', ...options], {
    GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify({ operator: TOKEN }),
  })
}
