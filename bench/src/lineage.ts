import {
  LABELLED_DIALECTS,
  type LabelledSet,
  type LineageEngine,
  labelledSet,
  loadLineageEngine,
  lookupOf,
  scoreLineage,
} from '@groundplane/catalog/testing/labelled'
import { atLeast, type BenchRow, median, told } from './row.js'

/** Acceptance 4 of issue 5: precision and recall of tables and of columns. */
const TABLES = 0.99
const COLUMNS = 0.95
/** Times the labelled statements are all resolved for the figure of speed. */
const ROUNDS = 7

/**
 * SQL lineage on the labelled statements of `packages/catalog/src/testing/labelled`,
 * by dialect and over all. Precision and recall are the same on every machine.
 */
export async function lineageBench(): Promise<BenchRow[]> {
  const engine = await loadLineageEngine()
  const sets = LABELLED_DIALECTS.map(labelledSet)
  // The parser is compiled while it is first used; the figures of speed are of what comes after.
  statementsPerSecond(sets, engine)
  return [
    ...sets.flatMap((set) => rowsOf(set.dialect, [set], engine)),
    ...rowsOf('all dialects', sets, engine),
  ]
}

function rowsOf(name: string, sets: readonly LabelledSet[], engine: LineageEngine): BenchRow[] {
  const { statements, tables, columns, unresolved, differences } = scoreLineage(sets, engine)
  return [
    told(`${name}: statements`, '', statements),
    atLeast(`${name}: tables, precision`, '', tables.precision, TABLES),
    atLeast(`${name}: tables, recall`, '', tables.recall, TABLES),
    atLeast(`${name}: columns, precision`, '', columns.precision, COLUMNS),
    atLeast(`${name}: columns, recall`, '', columns.recall, COLUMNS),
    told(`${name}: references labelled unresolved`, '', unresolved.expected),
    atLeast(`${name}: unresolved, precision`, '', unresolved.precision, COLUMNS),
    atLeast(`${name}: unresolved, recall`, '', unresolved.recall, COLUMNS),
    told(`${name}: statements not exactly right`, '', differences.length),
    told(`${name}: statements a second`, '1/s', statementsPerSecond(sets, engine)),
  ]
}

/** Parsing and resolving, one statement after the other in one thread; median of the rounds. */
function statementsPerSecond(sets: readonly LabelledSet[], engine: LineageEngine): number {
  const work = sets.flatMap((set) => {
    const lookup = lookupOf(set)
    return set.statements.map(
      ({ sql }) =>
        () =>
          engine.lineage(sql, set.dialect, lookup),
    )
  })
  const rates = Array.from({ length: ROUNDS }, () => {
    const start = performance.now()
    for (const run of work) run()
    return (1000 * work.length) / (performance.now() - start)
  })
  return median(rates)
}
