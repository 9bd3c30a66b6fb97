import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Ran, runInProcess } from '../testing/command-in-process.js'

const root = mkdtempSync(join(tmpdir(), 'groundplane-several-'))
const config = join(root, 'c')
const run = (...args: string[]): Promise<Ran> => runInProcess(args, { GROUNDPLANE_HOME: join(root, 'home') })

beforeAll(async () => {
  mkdirSync(config)
  for (const name of ['east', 'west']) {
    const database = new Database(join(config, `${name}.db`))
    database.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1)')
    database.close()
  }
  writeFileSync(join(config, 'broken.db'), 'this is no database, whatever its name says')
  writeFileSync(
    join(config, 'rules.yaml'),
    'version: 1\nassertions: { some: { dataset: orders, type: row_count, min: 1 } }\n',
  )
  writeFileSync(
    join(config, 'cluster.yaml'),
    `version: 1
metadata: { name: several }
graphs: { catalog: { kind: catalog } }
sources:
  east: { kind: sqlite, graph: catalog, url: east.db }
  missing: { kind: sqlite, graph: catalog, url: missing.db }
  torn: { kind: sqlite, graph: catalog, url: broken.db }
  west: { kind: sqlite, graph: catalog, url: west.db }
assertions:
  rules: { file: rules.yaml, graph: catalog, sources: [east, missing, torn, west] }
`,
  )
  for (const command of ['import', 'apply'])
    expect(await run('cluster', command, '--config', config), command).toMatchObject({ status: 0 })
}, 60_000)
afterAll(() => rmSync(root, { recursive: true }))

it('a source that fails keeps no other from its harvest, is named, and the command has failed', async () => {
  const { status, stdout, stderr } = await run('harvest', '--cluster', config)
  expect(status).toBe(1)
  expect(stdout).toMatch(/^east: 1 table, .*; commit \S+\nwest: 1 table, .*; commit \S+\n$/)
  expect(stderr).toMatch(/^error\[source_not_found\]: missing: .+\n {4}\S/m)
  expect(stderr).toMatch(/^error\[source_not_a_database\]: torn: .+\n {4}\S/m)

  const again = await run('harvest', '--cluster', config, '--json')
  expect(again.status).toBe(1)
  expect(JSON.parse(again.stdout)).toMatchObject({
    ok: false,
    sources: [{ source: 'east' }, { source: 'west' }],
    failed: [
      { source: 'missing', error: { code: 'source_not_found' } },
      { source: 'torn', error: { code: 'source_not_a_database' } },
    ],
  })
})

it('one that cannot be read keeps no other from its check', async () => {
  const { status, stdout, stderr } = await run('check', '--cluster', config)
  expect(status).toBe(1)
  expect(stdout).toMatch(/^east: .*\n(.*\n)*west: /)
  expect(stderr).toMatch(/^error\[source_\w+\]: missing: /m)
  const names = (await run('check', 'east', 'torn', '--cluster', config, '--json')).stdout
  expect(JSON.parse(names)).toMatchObject({
    ok: false,
    sources: [{ source: 'east' }],
    failed: [{ source: 'torn' }],
  })
})

it('the failure of the only one asked for is that of the command', async () => {
  expect(JSON.parse((await run('harvest', 'missing', '--cluster', config, '--json')).stdout)).toMatchObject({
    ok: false,
    error: { code: 'source_not_found' },
  })
})
