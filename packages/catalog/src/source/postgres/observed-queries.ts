import { sha256 } from '@groundplane/core'
import type { AspectProposal } from '../../aspect/proposal.js'
import { schemaFieldUrn } from '../../urn/entity-urns.js'
import { printUrn } from '../../urn/urn.js'
import { proposal, STAMP } from '../aspect-proposals.js'
import type { HarvestNote } from '../harvest-notes.js'
import type { LineageEngine, SqlLineage } from '../lineage/column-lineage.js'
import type { SchemaLookup } from '../lineage/trace.js'
import { SourceError } from '../source-error.js'
import { type HarvestTarget, lineageTable, PLATFORM } from './describe-table.js'
import { refusalOf } from './postgres-error.js'
import { OWN_STATEMENT, type PostgresSession } from './postgres-session.js'

/** The statements that are called most; the rest is noise, and each is a text to parse. */
const MOST_QUERIES = 500
/** Longer ones are generated, and nobody reads them. */
const LONGEST_QUERY = 20_000

const FIND = `
  SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
  WHERE e.extname = 'pg_stat_statements'`

/** Only statements over data: of others the server keeps constants, passwords among them. */
const READING = /^\s*(?:select|with|insert|update|delete|merge|values|table)\b/i

/** Texts of the statements that people and programs run on this database, without their constants, most called first. */
export async function observeQueries(session: PostgresSession, notes: HarvestNote[]): Promise<string[]> {
  const [extension] = await session.rows(FIND)
  if (!extension) {
    notes.push(unavailable('the extension pg_stat_statements is not installed in this database'))
    return []
  }
  const view = `"${String(extension[0]).replaceAll('"', '""')}".pg_stat_statements`
  try {
    const { rows } = await session.attempt(
      `SELECT s.query FROM ${view} s JOIN pg_catalog.pg_database d ON d.oid = s.dbid
       WHERE d.datname = pg_catalog.current_database() AND length(s.query) <= $1 AND position($2 IN s.query) = 0
       GROUP BY s.query ORDER BY sum(s.calls) DESC, s.query COLLATE "C" LIMIT $3`,
      [LONGEST_QUERY, OWN_STATEMENT, MOST_QUERIES],
    )
    const hidden = rows.some(([query]) => query === '<insufficient privilege>')
    if (hidden) notes.push(unavailable('this user sees its own statements only; grant it pg_read_all_stats'))
    const texts = rows.map(([query]) => withoutConstants(query as string).trim())
    return [...new Set(texts.filter((text) => READING.test(text)))]
  } catch (error) {
    if (error instanceof SourceError) throw error
    notes.push(unavailable(refusalOf(error)))
    return []
  }
}

function unavailable(why: string): HarvestNote {
  return { code: 'queries_unavailable', dataset: '', message: `no observed queries: ${why}` }
}

/**
 * The statement without comments, and with `'…'` for every text it holds. The server has put `$1`, `$2`
 * for constants already; it does not do so when its memory for statements overflows.
 */
export function withoutConstants(sql: string): string {
  const tokens =
    /"(?:[^"]|"")*"|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g
  return sql.replace(tokens, (token) => {
    if (token.startsWith('"')) return token
    return token.startsWith('--') || token.startsWith('/*') ? ' ' : "'…'"
  })
}

/** Queries that read or write datasets of the source, with what they read and write as their subjects. */
export function queryProposals(
  target: HarvestTarget,
  texts: readonly string[],
  engine: LineageEngine,
  lookup: SchemaLookup,
): AspectProposal[] {
  return texts
    .flatMap((text) => {
      const subjects = subjectsOf(target, engine.lineage(text, 'postgresql', lookup))
      return subjects.length === 0 ? [] : [{ urn: queryUrn(target, text), text, subjects }]
    })
    .sort((a, b) => (a.urn < b.urn ? -1 : 1))
    .flatMap(({ urn, text, subjects }) => [
      proposal(urn, 'queryProperties', {
        statement: { value: text, language: 'SQL' },
        source: 'SYSTEM',
        created: STAMP,
        lastModified: STAMP,
      }),
      proposal(urn, 'querySubjects', { subjects: subjects.map((entity) => ({ entity })) }),
    ])
}

/** The same statement on the same instance is the same query, whatever the server's number for it. */
function queryUrn({ platformInstance, observed }: HarvestTarget, text: string): string {
  const id = [PLATFORM.name, platformInstance, observed.database, text].join('|')
  return printUrn('query', [sha256(id).slice(0, 32)])
}

/** Datasets, then the columns whose values are used. */
function subjectsOf(target: HarvestTarget, lineage: SqlLineage): string[] {
  const written = lineage.target === undefined ? [] : [lineage.target]
  const datasets = new Set<string>()
  for (const name of [...lineage.tables, ...written]) {
    const table = lineageTable(target, name)
    if (table) datasets.add(table.urn)
  }
  const fields = new Set<string>()
  for (const { table: name, column } of [...lineage.columns.flatMap((c) => c.sources), ...lineage.indirect]) {
    const table = lineageTable(target, name)
    if (table?.columns.has(column)) fields.add(schemaFieldUrn(table.urn, column))
  }
  return [...[...datasets].sort(), ...[...fields].sort()]
}
