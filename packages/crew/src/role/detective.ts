import type { EntityDocument } from '@groundplane/catalog'
import type { RoleReport } from '@groundplane/protocol'
import {
  type AffectedDataset,
  type AffectedJudgement,
  judgeAffected,
  type Population,
} from '../judge/affected.js'
import type { AssertionFacts, ColumnReach, DatasetFacts, UpstreamFacts } from '../judge/facts.js'
import { listed } from '../judge/phrases.js'
import { type JudgedSuspect, rankSuspects } from '../judge/suspects.js'
import type { SentenceWords } from '../judge/words.js'
import { Duty, type Shift } from './duty.js'
import { assertionFacts, datasetFacts } from './reading.js'

export interface DetectiveFindings {
  readonly judgement: AffectedJudgement
  readonly suspects: readonly JudgedSuspect[]
  readonly datasets: readonly DatasetFacts[]
  readonly upstreams: readonly UpstreamFacts[]
  /** Of the datasets in scope. */
  readonly assertions: readonly AssertionFacts[]
  /** Where the values of failing columns end up. */
  readonly reach: readonly ColumnReach[]
  /** Downstream datasets of those with failing assertions. */
  readonly downstream: ReadonlyMap<string, readonly string[]>
  readonly role: RoleReport
}

/** An instance this small is read whole; a larger one is searched by the words of the sentence. */
const READ_WHOLE = 60
const SEARCH_RESULTS = 20

/**
 * Finds what the sentence is about, walks upstream from there, and ranks what it
 * finds. Reads the production instance only; whether a failure is new is for the
 * Reality-Checker to say.
 */
export async function detect(shift: Shift, sentence: SentenceWords): Promise<DetectiveFindings> {
  const duty = new Duty(
    shift,
    'detective',
    'Find what the sentence is about and what upstream of it may be the cause',
  )
  const { datasets, population } = await readCandidates(duty, shift, sentence)
  const ruled = judgeAffected(sentence, datasets, population)
  tellAffected(duty, ruled)
  const { judgement, known } = await withModel(duty, shift, ruled, datasets)
  if (judgement.affected.length === 0) {
    const role = duty.finish('nothing in the catalog matches the sentence')
    return {
      judgement,
      suspects: [],
      datasets: known,
      upstreams: [],
      assertions: [],
      reach: [],
      downstream: new Map(),
      role,
    }
  }
  const upstreams = await walkUpstream(duty, judgement.affected)
  const scope = [...new Set([...judgement.affected.map((a) => a.urn), ...upstreams.map((u) => u.urn)])]
  const assertions = await readAssertions(duty, scope)
  const { reach, downstream } = await followFailures(duty, assertions)
  const all = await readMissing(duty, known, [...scope, ...[...downstream.values()].flat()])
  const suspects = rankSuspects({
    sentence,
    affected: judgement.affected,
    upstreams,
    assertions,
    reach,
    datasets: all,
    rarity: judgement.rarity,
  })
  for (const suspect of suspects.slice(0, 3))
    duty.note(`${suspect.score.toFixed(2)} ${suspect.name}: ${suspect.why}`)
  const failing = suspects.filter((s) => s.failing.length > 0).length
  const role = duty.finish(
    `${judgement.affected.length} affected, ${suspects.length} suspects, ${failing} of them with failing assertions`,
  )
  return { judgement, suspects, datasets: all, upstreams, assertions, reach, downstream, role }
}

async function readCandidates(
  duty: Duty,
  shift: Shift,
  sentence: SentenceWords,
): Promise<{ datasets: DatasetFacts[]; population: Population }> {
  const filter = `entity_type = dataset AND platform_instance = ${JSON.stringify(shift.production)}`
  const urns = new Set<string>()
  const matching = new Map<string, number>()
  for (const word of sentence.words) {
    const answer = await duty.tools.search({ query: word.text, filter, num_results: SEARCH_RESULTS })
    for (const hit of answer.searchResults ?? []) urns.add(hit.entity.urn)
    matching.set(word.stem, answer.total)
  }
  // How rare a word is can only be judged among everything: a small instance is read whole.
  const whole = await duty.tools.search({
    query: '*',
    filter,
    num_results: 50,
    sort_by: 'urn',
    sort_order: 'asc',
  })
  if (whole.total <= READ_WHOLE) {
    for (const hit of whole.searchResults ?? []) urns.add(hit.entity.urn)
    if (whole.total > 50) {
      const rest = await duty.tools.search({
        query: '*',
        filter,
        num_results: 50,
        offset: 50,
        sort_by: 'urn',
        sort_order: 'asc',
      })
      for (const hit of rest.searchResults ?? []) urns.add(hit.entity.urn)
    }
  }
  const isWhole = urns.size >= whole.total
  const datasets = await readDatasets(duty, [...urns])
  return { datasets, population: { size: whole.total, matching: isWhole ? new Map() : matching } }
}

async function readDatasets(duty: Duty, urns: readonly string[]): Promise<DatasetFacts[]> {
  if (urns.length === 0) return []
  const { entities } = await duty.tools.getEntities(urns)
  return entities.filter((e): e is EntityDocument => 'type' in e && !('error' in e)).map(datasetFacts)
}

async function readMissing(
  duty: Duty,
  known: readonly DatasetFacts[],
  urns: readonly string[],
): Promise<DatasetFacts[]> {
  const have = new Set(known.map((d) => d.urn))
  return [
    ...known,
    ...(await readDatasets(
      duty,
      [...new Set(urns)].filter((urn) => !have.has(urn)),
    )),
  ]
}

function tellAffected(duty: Duty, { affected, nearest, unknown }: AffectedJudgement): void {
  if (affected.length > 0) duty.note(`The sentence is about ${listed(affected.map((a) => a.name))}.`)
  else if (nearest)
    duty.note(`Nothing matches well enough; the nearest is ${nearest.name} (${describeMatches(nearest)}).`)
  if (unknown.length > 0) duty.note(`The catalog does not know ${listed(unknown.map((w) => `"${w}"`))}.`)
}

/** Which words matched where, in words. */
export function describeMatches({ matches }: AffectedDataset): string {
  return matches
    .map(
      (m) =>
        `"${m.word}"${m.through ? ` as "${m.through}"` : ''} in ${m.place === 'description' || m.place === 'name' ? `its ${m.place}` : `${m.place} ${m.value}`}`,
    )
    .join(', ')
}

const SYSTEM = `You are the Detective of an on-call crew. Somebody reports in one sentence that data looks wrong.
Find the datasets of the production instance the sentence is about, using the tools. Do not guess names: only URNs a tool
returned count, and every other one is discarded. If the catalog holds nothing the sentence is about, answer with an empty list.
Answer with one JSON object and nothing else: {"affected": ["<dataset urn>", ...], "because": "<one sentence>"}`

/** What the model adds to the rules' findings: datasets that exist on the production instance, and nothing else. */
async function withModel(
  duty: Duty,
  shift: Shift,
  judgement: AffectedJudgement,
  datasets: readonly DatasetFacts[],
): Promise<{ judgement: AffectedJudgement; known: readonly DatasetFacts[] }> {
  const answer = await duty.consult({
    system: SYSTEM,
    question: JSON.stringify({
      sentence: shift.sentence,
      production_instance: shift.production,
      rules_found: judgement.affected.map((a) => a.urn),
    }),
    tools: true,
  })
  if (!answer) return { judgement, known: datasets }
  const proposed = (Array.isArray(answer.affected) ? answer.affected : []).filter(
    (urn): urn is string => typeof urn === 'string',
  )
  const ruled = new Set(judgement.affected.map((a) => a.urn))
  const fresh = [...new Set(proposed)].filter((urn) => !ruled.has(urn)).slice(0, 20)
  const have = new Set(datasets.map((d) => d.urn))
  const known = [
    ...datasets,
    ...(await readExisting(
      duty,
      shift,
      fresh.filter((urn) => !have.has(urn)),
    )),
  ]
  const accepted = known.filter((d) => fresh.includes(d.urn))
  const dropped = fresh.filter((urn) => !accepted.some((d) => d.urn === urn))
  if (dropped.length > 0) {
    const text = `Dropped ${dropped.length} ${dropped.length === 1 ? 'dataset' : 'datasets'} the model named and the production instance does not hold.`
    duty.note(text)
    duty.remark(text)
  }
  if (accepted.length === 0) return { judgement, known }
  duty.note(`The model adds ${listed(accepted.map((d) => d.name))}.`)
  const added = accepted.map((d): AffectedDataset => ({ urn: d.urn, name: d.name, score: 0, matches: [] }))
  return { judgement: { ...judgement, affected: [...judgement.affected, ...added] }, known }
}

/** Those of the URNs that are datasets of the production instance. */
async function readExisting(duty: Duty, shift: Shift, urns: readonly string[]): Promise<DatasetFacts[]> {
  if (urns.length === 0) return []
  const { entities } = await duty.tools.getEntities(urns)
  return entities
    .filter((e): e is EntityDocument => 'type' in e && !('error' in e))
    .filter((e) => (e as { platformInstance?: unknown }).platformInstance === shift.production)
    .map(datasetFacts)
}

async function walkUpstream(duty: Duty, affected: readonly AffectedDataset[]): Promise<UpstreamFacts[]> {
  const found: UpstreamFacts[] = []
  for (const { urn } of affected) {
    const { upstreams } = await duty.tools.getLineage({ urn, upstream: true, max_hops: 3, max_results: 200 })
    for (const hit of upstreams?.searchResults ?? []) {
      found.push({ of: urn, urn: hit.entity.urn, degree: hit.degree, path: hit.path })
    }
  }
  return found
}

async function readAssertions(duty: Duty, scope: readonly string[]): Promise<AssertionFacts[]> {
  const found: AssertionFacts[] = []
  for (const urn of scope) {
    for (let start = 0; ; start += 20) {
      const { data } = await duty.tools.getDatasetAssertions({ urn, start, count: 20 })
      found.push(...data.assertions.map((a) => assertionFacts(a, urn)))
      if (start + data.count >= data.total || data.count === 0) break
    }
  }
  return found
}

/** Where the values of failing columns end up, and who reads the datasets concerned. */
async function followFailures(duty: Duty, assertions: readonly AssertionFacts[]) {
  const failing = assertions.filter((a) => a.failing)
  const reach: ColumnReach[] = []
  const downstream = new Map<string, readonly string[]>()
  for (const { dataset, column } of failing) {
    if (!downstream.has(dataset)) {
      const { downstreams } = await duty.tools.getLineage({
        urn: dataset,
        upstream: false,
        max_hops: 3,
        max_results: 200,
      })
      downstream.set(
        dataset,
        (downstreams?.searchResults ?? []).map((hit) => hit.entity.urn),
      )
    }
    if (column === null || reach.some((r) => r.dataset === dataset && r.column === column)) continue
    const { downstreams } = await duty.tools.getLineage({
      urn: dataset,
      column,
      upstream: false,
      max_hops: 3,
      max_results: 200,
    })
    reach.push({
      dataset,
      column,
      reaches: new Set((downstreams?.searchResults ?? []).map((hit) => hit.entity.urn)),
    })
  }
  return { reach, downstream }
}
