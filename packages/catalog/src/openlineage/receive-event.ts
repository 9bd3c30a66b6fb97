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
import { measurementsOf } from './measurements.js'
import { joinedDataset, nextDataset, nextJob, nextRun, renamedAway } from './next-state.js'
import type { EventDataset, LineageEvent } from './read-event.js'
import { type DatasetState, type JobState, type RunState, STATE_ASPECT, type Stated } from './state.js'
import { Turn } from './turn.js'

/**
 * Takes events into one open transaction, one after the other. What an event says is merged into the
 * states of what it names, and the aspects that follow from those are written; aspects that others
 * have written since are left as they are. Throws `CatalogError` for an event that cannot be stored,
 * and the transaction is then to be given up.
 */
export class EventReceiver {
  readonly #tx: Transaction
  readonly #queries: QuerySet
  readonly #measurements: MeasurementWriter
  /** Datasets that were named for the first time, and differ from others by casing only. */
  readonly casing: CasingConflict[] = []

  constructor(tx: Transaction, queries: QuerySet, model: SchemaModel) {
    this.#tx = tx
    this.#queries = queries
    this.#measurements = new MeasurementWriter(tx, queries, model, (proposals) => this.#ingest(proposals))
  }

  take(event: LineageEvent): void {
    const turn = new Turn((urn) => this.#record(urn, STATE_ASPECT)?.text)
    const job = event.job && jobUrnOf(event.job)
    const run = event.run && runUrnOf(event.run.id)
    const changed = new Set<string>()
    if (event.job && job !== undefined) {
      let said: RunState | undefined
      if (event.run && run !== undefined) {
        said = nextRun(turn.state<RunState>(run), event, job, run)
        turn.set(run, said)
      }
      const before = turn.state<JobState>(job)
      const after = nextJob(before, event.job, event, said?.io[job])
      turn.set(job, after)
      // Whatever of it changed may stand in the lineage of what it writes.
      for (const urn of [...(before?.outputs?.urns ?? []), ...(after.outputs?.urns ?? [])]) changed.add(urn)
    }
    const jobs = new Set(job === undefined ? [] : [job])
    const move = ({ undeclaredUrn, urn }: EventDataset) => {
      if (undeclaredUrn === urn || !this.#move(turn, undeclaredUrn, urn, event)) return
      for (const end of this.#neighbours(undeclaredUrn)) (end.isJob ? jobs : changed).add(end.urn)
      for (const writer of jobs)
        for (const output of turn.state<JobState>(writer)?.outputs?.urns ?? []) changed.add(output)
      changed.add(undeclaredUrn)
    }
    const dataset = (of: EventDataset, written: boolean) => {
      const state = nextDataset(
        turn.state<DatasetState>(of.urn),
        of,
        event,
        written ? (job ?? '') : undefined,
      )
      turn.set(of.urn, state)
      changed.add(of.urn)
      move(of)
      const previous = of.facets.lifecycleStateChange?.previousIdentifier
      if (!previous || of.facets.lifecycleStateChange?.lifecycleStateChange !== 'RENAME') return
      const urn = event.urnOf(previous)
      if (urn === of.urn) return
      turn.set(urn, renamedAway(turn.state<DatasetState>(urn), previous, event.at, of.urn))
      changed.add(urn)
    }
    for (const of of event.inputs ?? []) dataset(of, false)
    for (const of of event.outputs ?? []) dataset(of, true)
    if (event.dataset) dataset(event.dataset, true)
    this.#ingest([
      ...(run === undefined ? [] : this.#run(turn, run, event)),
      ...(job === undefined || !event.job ? [] : this.#flow(turn, job, flowUrnOf(event.job))),
      ...[...jobs].sort().flatMap((urn) => this.#job(turn, urn)),
      ...[...new Set([...changed].map((urn) => turn.currentUrn(urn)).concat(...changed))]
        .sort()
        .flatMap((urn) => this.#dataset(turn, urn)),
    ])
    const { assertions, events } = measurementsOf(event, {
      ...(job !== undefined && { job }),
      ...(run !== undefined && { run }),
    })
    this.#ingest(assertions)
    for (const measured of events) this.#measurements.write(measured)
  }

  #run(turn: Turn, urn: string, event: LineageEvent): AspectProposal[] {
    const { id, transition } = event.run as NonNullable<LineageEvent['run']>
    const state = turn.state<RunState>(urn) as RunState
    const shown = turn.shownRun(urn) as RunState
    const proposals = this.#proposals(turn, urn, state, runAspects(id, shown))
    const value = runEventOf(transition, msOf(event.at))
    return value ? [...proposals, proposal(urn, 'dataProcessInstanceRunEvent', value)] : proposals
  }

  /** A flow that is known needs no word of ours. */
  #flow(turn: Turn, job: string, flow: string): AspectProposal[] {
    const state = turn.state<JobState>(job) as JobState
    return this.#record(flow, 'dataFlowInfo') ? [] : whole(flow, flowAspects(state))
  }

  #job(turn: Turn, urn: string): AspectProposal[] {
    const state = turn.state<JobState>(urn)
    const shown = turn.shownJob(urn)
    if (!state || !shown) return []
    return [
      // Nobody else speaks of the query.
      ...whole(queryUrnOf(urn), queryAspects(shown)),
      ...this.#proposals(turn, urn, state, jobAspects(urn, shown)),
    ]
  }

  #dataset(turn: Turn, urn: string): AspectProposal[] {
    const state = turn.state<DatasetState>(urn)
    if (!state) return []
    return this.#proposals(turn, urn, state, datasetAspects(urn, state, turn))
  }

  /**
   * What was recorded of a dataset before its source was declared goes over to the URN it has now; whether
   * there was anything to move. A URN that is also that of another dataset, which no source has, stays.
   */
  #move(turn: Turn, from: string, to: string, event: LineageEvent): boolean {
    const state = turn.state<DatasetState>(from)
    if (!state || state.moved === to) return false
    const isOther = ([namespace, name]: DatasetState['names'][number]) =>
      event.urnOf({ namespace, name }) !== to
    if (state.names.some(isOther)) return false
    turn.set(to, joinedDataset(turn.state<DatasetState>(to), state))
    turn.set(from, { ...state, moved: to })
    return true
  }

  /** Jobs that read or write the dataset, and datasets made of it. */
  #neighbours(dataset: string): { readonly urn: string; readonly isJob: boolean }[] {
    const jobs = [...this.#tx.edgesTo('Reads', dataset), ...this.#tx.edgesTo('Writes', dataset)]
    return [
      ...jobs.map(({ from }) => ({ urn: from, isJob: true })),
      ...this.#tx.edgesFrom('UpstreamOf', dataset).map(({ to }) => ({ urn: to, isJob: false })),
    ]
  }

  /** The aspects, without those that others have written, and the state with what is stated now. */
  #proposals(
    turn: Turn,
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
      stated[name] = sha256(next.text as string)
      proposals.push(next)
    }
    const after = { ...state, stated }
    turn.set(urn, after)
    return [
      ...proposals,
      { entityUrn: urn, aspectName: STATE_ASPECT, aspect: null, text: canonicalJson(after) },
    ]
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

function whole(urn: string, aspects: ReadonlyMap<string, Json>): AspectProposal[] {
  return [...aspects].map(([name, value]) => proposal(urn, name, value))
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
