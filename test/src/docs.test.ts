import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkAssertions, checkMetadata } from '@groundplane/catalog'
import { labelledSetOf, loadLineageEngine, scoreLineage } from '@groundplane/catalog/testing/labelled'
import { POSTGRES_PROGRAMS, PostgresServer } from '@groundplane/catalog/testing/postgres-server'
import type { Diagnostic } from '@groundplane/core'
import { checkQueries, checkSchema, type SchemaModel } from '@groundplane/lang'
import { checkPolicy } from '@groundplane/policy'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY } from './command.js'
import { errorsPage } from './docs-errors.js'
import { type Block, blocksOf, commandsOf, firstMissing, withSections } from './docs-page.js'
import { Scratch } from './docs-scratch.js'

// Examples in docs/*.md are run, in the order of their page:
//   ```pg [file=F] [error=code,…]          must check, or give exactly these codes
//   ```gq schema=F [file=F] [error=code,…] the same against a schema file of the page's directory
//   ```yaml as=cluster                     its sections replace those of the page's cluster.yaml, which must validate
//   ```yaml as=policy|metadata|assertions [file=F] [error=code,…], ```cedar as=policy file=F
//   ```yaml as=lineage                     labelled statements, of which each must resolve as labelled
//   ```sql database=F                      runs in a new SQLite file F of the page's directory
//   ```sql postgres=D                      runs in the PostgreSQL database D, which the first block makes
//   ```console                             `$ …` lines, see `commandsOf` and `firstMissing`
//   ```console serve                       one `$ GROUNDPLANE_SERVER_BEARER_TOKENS_JSON='…' groundplane serve`, kept running
// `file=F` also writes the block into the directory the page's commands run in. A block that is
// marked `sketch` shows a form and is not run.

const TOKENS = { operator: 'operator-token', 'oncall-crew': 'crew-token', viewer: 'viewer-token' }
/** The bucket of the S3 server of the tests stands in for the one the pages name. */
const S3 = process.env['GROUNDPLANE_TEST_S3']
const PLACE_ON_S3 = 's3://acme-groundplane/prod'
const ADDRESS = 'http://127.0.0.1:8080'
/** The PostgreSQL server of the test stands in for the one the page names. */
const POSTGRES_ADDRESS = 'db.example.com:5432'

const page = (name: string) => readFileSync(join(REPOSITORY, 'docs', name), 'utf8')

function diagnosticsOf(block: Block, dir: string): readonly Diagnostic[] {
  const { language, options, text } = block
  if (language === 'pg') return checkSchema(text).diagnostics
  if (language === 'gq') return checkQueries(text, schemaIn(dir, options['schema'])).diagnostics
  switch (options['as']) {
    case 'policy':
      return checkPolicy(text, options['file'] ?? 'x.policy.yaml').diagnostics
    case 'metadata':
      return checkMetadata(text)
    case 'assertions':
      return checkAssertions(text)
    default:
      return []
  }
}

function schemaIn(dir: string, file = ''): SchemaModel {
  const { model } = checkSchema(readFileSync(join(dir, file), 'utf8'))
  if (!model) throw new Error(`${file} is not a valid schema`)
  return model
}

async function runPage(name: string, dir: string, on: Scratch): Promise<void> {
  const shown = S3 === undefined ? page(name) : page(name).replaceAll(PLACE_ON_S3, `${S3}/${randomUUID()}`)
  await runBlocks(name, blocksOf(name, shown), dir, on)
}

async function runBlocks(name: string, blocks: readonly Block[], dir: string, on: Scratch): Promise<void> {
  for (const block of blocks) {
    const { language, options, line, text } = block
    const at = `docs/${name}:${line}`
    if ('sketch' in options) continue
    if (options['as'] === 'cluster') await validate(at, block, dir, on)
    else if (options['as'] === 'lineage') await resolveLabelled(at, text)
    else if ('serve' in options) await serveAsShown(block, dir, on)
    else if (language === 'console') await runConsole(name, block, dir, on)
    else if (language === 'sql') makeDatabase(join(dir, options['database'] as string), text)
    else if (language === 'pg' || language === 'gq' || options['as'] !== undefined) {
      const expected = options['error']?.split(',') ?? []
      const found = diagnosticsOf(block, dir)
      expect({ at, codes: [...new Set(found.map((d) => d.code))].sort() }, JSON.stringify(found)).toEqual({
        at,
        codes: [...expected].sort(),
      })
    }
    if (options['file'] !== undefined) {
      const file = join(dir, options['file'])
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, block.text.replaceAll(ADDRESS, on.url || ADDRESS))
    }
  }
}

async function resolveLabelled(at: string, text: string): Promise<void> {
  const { statements, differences } = scoreLineage([labelledSetOf(text)], await loadLineageEngine())
  expect({ at, differences }).toEqual({ at, differences: [] })
  expect(statements).toBeGreaterThan(0)
}

async function validate(at: string, block: Block, dir: string, on: Scratch): Promise<void> {
  const file = join(dir, 'cluster.yaml')
  const declared = readFileSync(file, 'utf8')
  writeFileSync(file, withSections(declared, block.text))
  const { code, output } = await on.run('groundplane cluster validate', dir)
  writeFileSync(file, declared)
  expect({ at, code }, output).toEqual({ at, code: 0 })
}

/** As the `sqlite3` program would: its connections do not enforce foreign keys. */
function makeDatabase(file: string, sql: string): void {
  const db = new Database(file)
  db.pragma('foreign_keys = OFF')
  db.exec(sql)
  db.close()
}

async function runPostgresPage(name: string, dir: string, on: Scratch): Promise<void> {
  const server = await PostgresServer.start()
  try {
    const blocks = blocksOf(name, page(name).replaceAll(POSTGRES_ADDRESS, server.address))
    const databases = new Set<string>()
    for (const block of blocks) {
      const database = block.options['postgres']
      if (database === undefined) continue
      if (!databases.has(database)) await server.run('postgres', `CREATE DATABASE ${database}`)
      databases.add(database)
      await server.run(database, block.text)
    }
    await runBlocks(
      name,
      blocks.filter((block) => block.options['postgres'] === undefined),
      dir,
      on,
    )
  } finally {
    await server.stop()
  }
}

async function serveAsShown(block: Block, dir: string, on: Scratch): Promise<void> {
  const [shown] = commandsOf(block)
  const tokens = /^GROUNDPLANE_SERVER_BEARER_TOKENS_JSON='(.*)' groundplane serve$/.exec(shown?.command ?? '')
  expect(tokens, `docs/${block.page}:${block.line}`).not.toBeNull()
  expect(shown?.output).toEqual([`listening on ${ADDRESS}`])
  await on.serve(dir, JSON.parse(tokens?.[1] as string) as Record<string, string>)
}

async function runConsole(name: string, block: Block, dir: string, on: Scratch): Promise<void> {
  for (const { line, command, exitCode, output } of commandsOf(block)) {
    const result = await on.run(command.replaceAll(ADDRESS, on.url), dir)
    const at = `docs/${name}:${line}: ${command}`
    expect({ at, code: result.code }, result.output).toEqual({ at, code: exitCode })
    const shown = output.map((text) => text.replaceAll(ADDRESS, on.url))
    expect({ at, missing: firstMissing(shown, result.output) }, result.output).toEqual({
      at,
      missing: undefined,
    })
  }
}

/** With a place of its own, which goes at the end. */
function alone(run: (on: Scratch) => Promise<void>): () => Promise<void> {
  return async () => {
    const on = new Scratch()
    try {
      await run(on)
    } finally {
      on.remove()
    }
  }
}

describe('the examples of the documentation', () => {
  const example = new Scratch()
  let cluster: string
  beforeAll(() => {
    cluster = example.olist('olist')
  }, 120_000)
  afterAll(() => example.remove())

  it.concurrent(
    'of the languages run as the page shows',
    alone((on) => runPage('languages.md', on.empty('people'), on)),
    120_000,
  )

  it.concurrent(
    'of SQL lineage resolve as the page shows',
    alone((on) => runPage('lineage.md', on.empty('lineage'), on)),
    60_000,
  )

  it.concurrent(
    'of editors, formatting and linting run as the page shows',
    alone((on) => runPage('editors.md', on.empty('editors'), on)),
    120_000,
  )

  it.concurrent(
    'of branches, history and changes run as the page shows',
    alone((on) => runPage('branches.md', on.empty('branches'), on)),
    240_000,
  )

  it.concurrent(
    'of the first own cluster run as the page shows',
    alone((on) => runPage('first-cluster.md', on.empty('shop'), on)),
    360_000,
  )

  it.concurrent(
    'of operating a cluster run as the guide shows',
    alone((on) => runPage('operating.md', on.empty('operating'), on)),
    360_000,
  )

  it.concurrent(
    'of search run as the page shows',
    alone((on) => runPage('search.md', on.empty('search'), on)),
    120_000,
  )

  it.concurrent(
    'of schedules run as the page shows',
    alone((on) => runPage('schedules.md', on.empty('schedules'), on)),
    240_000,
  )

  it.skipIf(S3 === undefined).concurrent(
    'of storage roots run as the page shows',
    alone((on) => runPage('storage.md', on.empty('storage'), on)),
    120_000,
  )

  it.skipIf(!POSTGRES_PROGRAMS).concurrent(
    'of a PostgreSQL source run as the page shows',
    alone((on) => runPostgresPage('postgresql.md', on.empty('postgresql'), on)),
    240_000,
  )

  it.concurrent(
    'of results of Great Expectations run as the page shows',
    alone(async (on) => {
      const dir = on.empty('great-expectations')
      const results = join(REPOSITORY, 'test/great-expectations/results/1.24.1')
      cpSync(results, join(dir, 'gx/uncommitted/validations'), { recursive: true })
      await runPage('great-expectations.md', dir, on)
    }),
    240_000,
  )

  it.skipIf(!POSTGRES_PROGRAMS).concurrent(
    'of a dbt project run as the page shows',
    alone(async (on) => {
      const dir = on.empty('dbt')
      cpSync(join(REPOSITORY, 'test/dbt/artefacts/shop'), join(dir, 'target'), { recursive: true })
      await runPostgresPage('dbt.md', dir, on)
    }),
    240_000,
  )

  it.concurrent(
    'of policies run as the page shows',
    alone((on) => runPage('policy.md', on.empty('policy'), on)),
    120_000,
  )

  it.concurrent(
    'of migrating a schema, then of maintenance, run as the pages show',
    alone(async (on) => {
      await runPage('schema-migration.md', on.empty('migration'), on)
      await runPage('maintenance.md', on.empty('maintenance'), on)
    }),
    120_000,
  )

  it.concurrent('of the cluster, then of the catalog in it, then of the server on it run as the pages show', async () => {
    await runPage('cluster.md', cluster, example)
    await runPage('catalog.md', cluster, example)
    await example.serve(cluster, TOKENS)
    await runPage('serving.md', cluster, example)
    await runPage('mcp.md', cluster, example)
    await runPage('observability.md', cluster, example)
    await runPage('openlineage.md', cluster, example)
  }, 600_000)

  it.concurrent(
    'of the operator config run as the page shows',
    alone(async (on) => {
      const dir = await on.team('team')
      await on.serve(dir, TOKENS)
      await runPage('operator-config.md', dir, on)
    }),
    120_000,
  )
})

describe('the page of codes', () => {
  it('is what the tables of the code say', () => {
    expect(page('errors.md'), 'run: npm run build && node test/dist/docs-errors-write.js').toBe(errorsPage())
  })
})
