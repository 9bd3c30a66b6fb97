import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CATALOG_QUERIES, CATALOG_SCHEMA, checkAssertions, checkMetadata } from '@groundplane/catalog'
import { applyCluster, importCluster } from '@groundplane/cluster'
import { afterEach, expect, it } from 'vitest'
import { type RunningServer, serve } from './main.js'
import { callOperation } from './testing/http-call.js'

const extensions = {
  catalogSchema: CATALOG_SCHEMA,
  catalogQueries: CATALOG_QUERIES,
  checkAssertions,
  checkMetadata,
}
let dir: string
let server: RunningServer | undefined
afterEach(async () => {
  await server?.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Serves a cluster with these graphs and nothing else, openly. */
async function serving(graphs: string): Promise<string> {
  dir = mkdtempSync(join(tmpdir(), 'server-unconfigured-'))
  writeFileSync(join(dir, 'team.pg'), 'node Person { name: String @key }\n')
  writeFileSync(join(dir, 'cluster.yaml'), `version: 1\nmetadata: { name: small }\ngraphs: ${graphs}\n`)
  await importCluster(dir, { extensions })
  expect((await applyCluster(dir, { actor: 'operator', extensions })).converged).toBe(true)
  server = await serve({
    clusterDir: dir,
    bind: '127.0.0.1:0',
    unauthenticated: true,
    environment: {},
    logLevel: 'silent',
    print: () => {},
  })
  return server.url
}

async function refused(
  url: string,
  ...[id, options]: [Parameters<typeof callOperation>[1], Parameters<typeof callOperation>[2]]
) {
  const { status, json } = await callOperation(url, id, { token: null, ...options })
  expect(json.error.remedy, `a remedy of ${json.error.code}`).toBeTypeOf('string')
  return [status, json.error.code]
}

it('a server without a catalog says so at every door of the catalog', async () => {
  const url = await serving('{ team: { schema: team.pg } }')
  expect(await refused(url, 'searchCatalog', {})).toEqual([404, 'catalog_not_served'])
  expect(await refused(url, 'startIncident', { body: { sentence: 'x is wrong' } })).toEqual([
    404,
    'catalog_not_served',
  ])
  const start = { params: { graph_id: 'team' }, query: 'start=sometime' }
  expect(await refused(url, 'pollChanges', start)).toEqual([400, 'changes_start'])
})

it('a catalog without a crew starts no incident, and compares only instances that are named', async () => {
  const url = await serving('{ catalog: { kind: catalog } }')
  expect(await refused(url, 'startIncident', { body: { sentence: 'x is wrong' } })).toEqual([
    400,
    'crew_not_configured',
  ])
  expect(await refused(url, 'diffHealth', {})).toEqual([400, 'instances_missing'])
})
