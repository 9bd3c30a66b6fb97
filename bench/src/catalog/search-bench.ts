import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CATALOG_SCHEMA, Catalog } from '@groundplane/catalog'
import { labelledQuestions, scoreSearch, searchedCatalog } from '@groundplane/catalog/testing/searched'
import { Graph } from '@groundplane/graph'
import { atLeast, type BenchRow, told } from '../row.js'

/** What the test of the labelled questions holds too. */
const LEAST = 0.95

/**
 * How well search finds, on the labelled questions of `packages/catalog/src/testing/searched`: the same on every machine.
 */
export async function searchBench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-'))
  const graph = Graph.create(join(dir, 'catalog.gp'), { schema: CATALOG_SCHEMA })
  try {
    const catalog = new Catalog(graph)
    catalog.ingest(searchedCatalog())
    const { questions, ndcg, mrr, recall, misses } = scoreSearch(catalog, labelledQuestions())
    return [
      told('labelled questions', '', questions),
      atLeast('NDCG@10', '', ndcg, LEAST),
      atLeast('mean reciprocal rank', '', mrr, LEAST),
      atLeast('recall@10', '', recall, LEAST),
      told('questions whose first result is not the best', '', misses.length),
    ]
  } finally {
    graph.close()
    rmSync(dir, { recursive: true, force: true })
  }
}
