import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { AspectProposal, Json } from '../../aspect/proposal.js'
import type { Catalog } from '../../catalog.js'
import { sqliteDatasetUrn } from '../../urn/entity-urns.js'

type Labels = Readonly<Record<'owners' | 'tags', readonly string[]>>
/** A dataset of either file; columns by name, or with what is said of them. */
interface Described extends Partial<Labels> {
  readonly description: string
  readonly domain: string
  readonly columns:
    | readonly string[]
    | Readonly<Record<string, { readonly description?: string } & Partial<Labels>>>
}

/** A question with the grade of each dataset that answers it, 1 to 3. */
export interface LabelledQuestion {
  readonly query: string
  readonly grades: ReadonlyMap<string, number>
}

export interface SearchScore {
  readonly questions: number
  /** Means over the questions, of the first ten results. */
  readonly ndcg: number
  readonly mrr: number
  readonly recall: number
  /** Questions whose first result is not one of the best grade, with the first results. */
  readonly misses: readonly string[]
}

const K = 10
const here = (name: string) => new URL(`../../../src/testing/searched/${name}`, import.meta.url)
const DEMO = new URL('../../../../../examples/olist-oncall/olist.metadata.yaml', import.meta.url)

/** The datasets of the demo's warehouse, as its metadata file describes them, and those of `company.yaml`. */
export function searchedCatalog(): AspectProposal[] {
  const demo = parse(readFileSync(DEMO, 'utf8')) as { datasets: Record<string, Described> }
  const company = parse(readFileSync(here('company.yaml'), 'utf8')) as Record<string, Described>
  return Object.entries({ ...demo.datasets, ...company }).flatMap(([name, dataset]) =>
    proposals(name, dataset),
  )
}

function proposals(name: string, { description, domain, owners = [], tags = [], columns }: Described) {
  const urn = urnOf(name)
  const fields = Array.isArray(columns)
    ? columns.map((fieldPath: string) => field(fieldPath))
    : Object.entries(columns).map(([fieldPath, said]) => field(fieldPath, said.description, said.tags))
  const aspects: Record<string, Json> = {
    datasetProperties: { name, description },
    schemaMetadata: { schemaName: urn, fields },
    ownership: { owners: owners.map((o) => ({ owner: `urn:li:corpGroup:${o}`, type: 'DATAOWNER' })) },
    globalTags: { tags: tags.map((tag) => ({ tag: `urn:li:tag:${tag}` })) },
    domains: { domains: [`urn:li:domain:${domain}`] },
  }
  return Object.entries(aspects).map(
    ([aspectName, aspect]): AspectProposal => ({ entityUrn: urn, aspectName, aspect }),
  )
}

function field(fieldPath: string, description?: string, tags: readonly string[] = []) {
  return {
    fieldPath,
    nativeDataType: 'TEXT',
    ...(description !== undefined && { description }),
    globalTags: { tags: tags.map((tag) => ({ tag: `urn:li:tag:${tag}` })) },
  }
}

function urnOf(name: string): string {
  return sqliteDatasetUrn('company', name)
}

/** The questions of `queries.txt`. */
export function labelledQuestions(): LabelledQuestion[] {
  const lines = readFileSync(here('queries.txt'), 'utf8').split('\n')
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [query, answers] = line.split(' | ') as [string, string]
      const grades = answers.split(', ').map((answer): [string, number] => {
        const [name, grade = '3'] = answer.split('=') as [string, string?]
        return [urnOf(name), Number(grade)]
      })
      return { query, grades: new Map(grades) }
    })
}

/** Normalised discounted cumulative gain (2^grade − 1, log2 of the rank), reciprocal rank of the first of grade 2 or more, and recall. */
export function scoreSearch(
  catalog: Pick<Catalog, 'search'>,
  questions: readonly LabelledQuestion[],
): SearchScore {
  let [ndcg, mrr, recall] = [0, 0, 0]
  const misses: string[] = []
  for (const { query, grades } of questions) {
    const { searchResults = [] } = catalog.search({ query, filter: 'entity_type = dataset', num_results: K })
    const found = searchResults.map(({ entity }) => grades.get(entity.urn) ?? 0)
    const ideal = [...grades.values()].sort((a, b) => b - a).slice(0, K)
    ndcg += gain(found) / gain(ideal)
    const first = found.findIndex((grade) => grade >= 2)
    mrr += first < 0 ? 0 : 1 / (first + 1)
    recall += found.filter((grade) => grade > 0).length / Math.min(K, grades.size)
    if (found[0] !== ideal[0])
      misses.push(
        `${query}: ${searchResults
          .slice(0, 3)
          .map(({ entity }) => entity.properties?.name)
          .join(', ')}`,
      )
  }
  const n = questions.length
  return { questions: n, ndcg: ndcg / n, mrr: mrr / n, recall: recall / n, misses }
}

function gain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0)
}

/** Labels of datasets that the catalog does not have. */
export function unknownLabels(
  catalog: Pick<Catalog, 'exists'>,
  questions: readonly LabelledQuestion[],
): string[] {
  return questions.flatMap(({ grades }) => [...grades.keys()].filter((urn) => !catalog.exists(urn)))
}
