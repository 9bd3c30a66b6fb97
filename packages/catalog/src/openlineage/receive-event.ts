import { canonicalJson, sha256 } from '@groundplane/core'
import type { Transaction } from '@groundplane/graph'
import type { SchemaModel } from '@groundplane/lang'
import type { AspectProposal, Json } from '../aspect/proposal.js'
import { Ingestion } from '../ingest/ingest.js'
import type { CasingConflict } from '../ingest/result.js'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { proposal } from '../source/aspect-proposals.js'
import { datasetAspects } from './dataset-aspects.js'
import { msOf } from './instant.js'
import { flowAspects, jobAspects, queryAspects, queryUrnOf, runAspects } from './job-aspects.js'
import { flowUrnOf, jobUrnOf, runUrnOf } from './job-name.js'
import { MeasurementWriter } from './measurement-writer.js'
import { type Measurements, measurementsOf } from './measurements.js'
import { joinedDataset, nextDataset, nextJob, nextRun, renamedAway } from './next-state.js'
import type { EventDataset, LineageEvent } from './read-event.js'
import { type DatasetState, type JobState, type RunState, STATE_ASPECT, type Stated } from './state.js'
import { Turn } from './turn.js'

/**
 * Takes events into one open transaction. What an event says is merged into the states of what it names; when all
 * are taken, `finish` writes the states and the aspects that follow from them, each once, however many of the
 * events speak of it; aspects that others have written since are left as they are. Throws `CatalogError` for
 * what cannot be stored, and the transaction is then to be given up.
 */
export class EventReceiver {
  readonly #tx: Transaction
  readonly #queries: QuerySet
  readonly #measurements: MeasurementWriter
  readonly #turn = new Turn((urn) => this.#record(urn, STATE_ASPECT)?.text)
  readonly #runs = new Map<string, string>()
  readonly #jobs = new Set<string>()
  readonly #flows = new Map<string, string>()
  readonly #datasets = new Set<string>()
  readonly #runEvents: AspectProposal[] = []
  readonly #measured: Measurements[] = []
  /** URNs of before, and those of now. */
  readonly #moves: (readonly [from: string, to: string])[] = []
  /** Datasets that were named for the first time, and differ from others by casing only; known when all is written. */
  readonly casing: CasingConflict[] = []

  constructor(tx: Transaction, queries: QuerySet, model: SchemaModel) {
    this.#tx = tx
    this.#queries = queries
    this.#measurements = new MeasurementWriter(tx, queries, model, (proposals) => this.#ingest(proposals))
  }

  take(event: LineageEvent): void {
    const job = event.job && jobUrnOf(event.job)
    const run = event.run && runUrnOf(event.run.id)
    this.#takeJob(event, job, run)
    for (const of of event.inputs ?? []) this.#takeDataset(event, of, undefined)
    for (const of of event.outputs ?? []) this.#takeDataset(event, of, job ?? '')
    if (event.dataset) this.#takeDataset(event, event.dataset, '')
    this.#measured.push(
      measurementsOf(event, { ...(job !== undefined && { job }), ...(run !== undefined && { run }) }),
    )
  }

  #takeJob(event: LineageEvent, job: string | undefined, run: string | undefined): void {
    const turn = this.#turn
    if (!event.job || job === undefined) return
    let said: RunState | undefined
    if (event.run && run !== undefined) {
      said = nextRun(turn.state<RunState>(run), event, job, run)
      turn.set(run, said)
      this.#runs.set(run, event.run.id)
      const value = runEventOf(event.run.transition, msOf(event.at))
      if (value) this.#runEvents.push(proposal(run, 'dataProcessInstanceRunEvent', value))
    }
    // Whatever of the job changes may stand in the lineage of what it writes, and of what it wrote.
    this.#takeOutputsOf(job)
    turn.set(job, nextJob(turn.state<JobState>(job), event.job, event, said?.io[job]))
    this.#takeOutputsOf(job)
    this.#jobs.add(job)
    this.#flows.set(flowUrnOf(event.job), job)
  }

  #takeOutputsOf(job: string): void {
    for (const urn of this.#turn.state<JobState>(job)?.outputs?.urns ?? []) this.#datasets.add(urn)
  }

  /** `writer`: as `nextDataset` has it. */
  #takeDataset(event: LineageEvent, of: EventDataset, writer: string | undefined): void {
    const turn = this.#turn
    turn.set(of.urn, nextDataset(turn.state<DatasetState>(of.urn), of, event, writer))
    this.#datasets.add(of.urn)
    this.#move(of, event)
    const previous = of.facets.lifecycleStateChange?.previousIdentifier
    if (!previous || of.facets.lifecycleStateChange?.lifecycleStateChange !== 'RENAME') return
    const urn = event.urnOf(previous)
    if (urn === of.urn) return
    turn.set(urn, renamedAway(turn.state<DatasetState>(urn), previous, event.at, of.urn))
    this.#datasets.add(urn)
  }

  /** Writes what the events that were taken come to. Call once, last. */
  finish(): void {
    const turn = this.#turn
    const datasets = new Set([...this.#datasets].flatMap((urn) => [urn, turn.currentUrn(urn)]))
    this.#ingest([
      ...[...this.#runs].flatMap(([urn, id]) => this.#run(urn, id)),
      ...this.#runEvents,
      ...[...this.#flows].flatMap(([flow, job]) => this.#flow(flow, job)),
      ...[...this.#jobs].sort().flatMap((urn) => this.#job(urn)),
      ...[...datasets].sort().flatMap((urn) => this.#dataset(urn)),
    ])
    for (const { assertions, events } of this.#measured) {
      this.#ingest(assertions)
      for (const measured of events) this.#measurements.write(measured)
    }
    for (const [from, to] of this.#moves) this.#measurements.carry(from, to)
  }

  #run(urn: string, id: string): AspectProposal[] {
    const state = this.#turn.state<RunState>(urn) as RunState
    const shown = this.#turn.shownRun(urn) as RunState
    return this.#proposals(urn, state, runAspects(id, shown))
  }

  /** A flow that is known needs no word of ours. */
  #flow(flow: string, job: string): AspectProposal[] {
    const state = this.#turn.state<JobState>(job) as JobState
    return this.#record(flow, 'dataFlowInfo') ? [] : this.#whole(flow, flowAspects(state))
  }

  #job(urn: string): AspectProposal[] {
    const state = this.#turn.state<JobState>(urn)
    const shown = this.#turn.shownJob(urn)
    if (!state || !shown) return []
    return [
      // Nobody else speaks of the query.
      ...this.#whole(queryUrnOf(urn), queryAspects(shown)),
      ...this.#proposals(urn, state, jobAspects(urn, shown)),
    ]
  }

  #whole(urn: string, aspects: ReadonlyMap<string, Json>): AspectProposal[] {
    return [...aspects].flatMap(([name, value]) => {
      const next = proposal(urn, name, value)
      return this.#record(urn, name)?.text === next.text ? [] : [next]
    })
  }

  #dataset(urn: string): AspectProposal[] {
    const state = this.#turn.state<DatasetState>(urn)
    if (!state) return []
    return this.#proposals(urn, state, datasetAspects(urn, state, this.#turn))
  }

  /**
   * What was recorded of a dataset before its source was declared goes over to the URN it has now. A URN
   * that is also that of another dataset, which no source has, stays.
   */
  #move({ undeclaredUrn: from, urn: to }: EventDataset, event: LineageEvent): void {
    if (from === to) return
    const turn = this.#turn
    const state = turn.state<DatasetState>(from)
    if (!state || state.moved === to) return
    if (state.names.some(([namespace, name]) => event.urnOf({ namespace, name }) !== to)) return
    turn.set(to, joinedDataset(turn.state<DatasetState>(to), state))
    turn.set(from, { ...state, moved: to })
    this.#moves.push([from, to])
    this.#datasets.add(from)
    for (const { urn, isJob } of this.#neighbours(from)) {
      if (!isJob) this.#datasets.add(urn)
      else if (turn.state<JobState>(urn)) {
        this.#jobs.add(urn)
        this.#takeOutputsOf(urn)
      }
    }
  }

  /** Jobs that read or write the dataset, and datasets made of it. */
  #neighbours(dataset: string): { readonly urn: string; readonly isJob: boolean }[] {
    const jobs = [...this.#tx.edgesTo('Reads', dataset), ...this.#tx.edgesTo('Writes', dataset)]
    return [
      ...jobs.map(({ from }) => ({ urn: from, isJob: true })),
      ...this.#tx.edgesFrom('UpstreamOf', dataset).map(({ to }) => ({ urn: to, isJob: false })),
    ]
  }

  /** The aspects, without those that others have written and those that are there already, and the state with what is stated now. */
  #proposals(
    urn: string,
    state: DatasetState | JobState | RunState,
    aspects: ReadonlyMap<string, Json>,
  ): AspectProposal[] {
    const stated: Record<string, string> = { ...(state.stated as Stated) }
    const proposals: AspectProposal[] = []
    for (const [name, value] of aspects) {
      const before = this.#record(urn, name)
      if (before && before.digest !== stated[name]) continue
      const next = proposal(urn, name, value)
      if (before?.text === next.text) continue
      stated[name] = sha256(next.text as string)
      proposals.push(next)
    }
    const text = canonicalJson({ ...state, stated })
    if (text === this.#turn.storedText(urn)) return proposals
    return [...proposals, { entityUrn: urn, aspectName: STATE_ASPECT, aspect: null, text }]
  }

  #record(urn: string, name: string): { text: string; digest: string } | undefined {
    const data = this.#tx.node('Aspect', JSON.stringify([urn, name]))?.data
    if (!data) return undefined
    return { text: String(data['text']), digest: String(data['digest']) }
  }

  #ingest(proposals: readonly AspectProposal[]): void {
    if (proposals.length === 0) return
    const ingestion = new Ingestion(this.#tx, this.#queries, { profiles: 'append' })
    for (const one of proposals) ingestion.add(one)
    const [refused] = ingestion.rejected
    if (refused)
      throw new CatalogError('unprocessable', refused.code, `${refused.urn}: ${refused.message}`, {
        remedy: refused.remedy,
      })
    this.casing.push(...ingestion.finish())
  }
}

/** The event of DataHub for a transition; none for one that changes no state. */
function runEventOf(transition: string, at: number): Json | undefined {
  // The transition tells two events of one millisecond apart.
  const base = { timestampMillis: at, messageId: transition }
  switch (transition) {
    case 'START':
    case 'RUNNING':
      return { ...base, status: 'STARTED' }
    case 'COMPLETE':
      return { ...base, status: 'COMPLETE', result: { type: 'SUCCESS', nativeResultType: transition } }
    case 'ABORT':
    case 'FAIL':
      return { ...base, status: 'COMPLETE', result: { type: 'FAILURE', nativeResultType: transition } }
    default:
      return undefined
  }
}
