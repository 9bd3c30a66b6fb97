import { canonicalJson, sha256 } from '@groundplane/core'
import type { Transaction } from '@groundplane/graph'
import type { SchemaModel } from '@groundplane/lang'
import type { AspectProposal, Json } from '../aspect/proposal.js'
import { Ingestion } from '../ingest/ingest.js'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { proposal } from '../source/aspect-proposals.js'
import { datasetAspects } from './dataset-aspects.js'
import { msOf } from './instant.js'
import { flowAspects, jobAspects, queryAspects, queryUrnOf, runAspects } from './job-aspects.js'
import { flowUrnOf, jobUrnOf, runUrnOf } from './job-name.js'
import { MeasurementWriter } from './measurement-writer.js'
import { measurementsOf } from './measurements.js'
import { nextDataset, nextJob, nextRun, renamedAway } from './next-state.js'
import type { EventDataset, LineageEvent } from './read-event.js'
import { type DatasetState, type JobState, type RunState, STATE_ASPECT, type Stated } from './state.js'

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
    const dataset = (of: EventDataset, written: boolean) => {
      const state = nextDataset(
        turn.state<DatasetState>(of.urn),
        of,
        event,
        written ? (job ?? '') : undefined,
      )
      turn.set(of.urn, state)
      changed.add(of.urn)
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
      ...(job === undefined || !event.job ? [] : this.#job(turn, job, flowUrnOf(event.job))),
      ...[...changed].sort().flatMap((urn) => this.#dataset(turn, urn)),
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
    const proposals = this.#proposals(turn, urn, state, runAspects(id, state))
    const value = runEventOf(transition, msOf(event.at))
    return value ? [...proposals, proposal(urn, 'dataProcessInstanceRunEvent', value)] : proposals
  }

  #job(turn: Turn, urn: string, flow: string): AspectProposal[] {
    const state = turn.state<JobState>(urn) as JobState
    const whole = (of: string, aspects: ReadonlyMap<string, Json>) =>
      [...aspects].map(([name, value]) => proposal(of, name, value))
    return [
      // Nobody else speaks of the query, and a flow that is known needs no word of ours.
      ...(this.#record(flow, 'dataFlowInfo') ? [] : whole(flow, flowAspects(state))),
      ...whole(queryUrnOf(urn), queryAspects(state)),
      ...this.#proposals(turn, urn, state, jobAspects(urn, state)),
    ]
  }

  #dataset(turn: Turn, urn: string): AspectProposal[] {
    const state = turn.state<DatasetState>(urn)
    if (!state) return []
    return this.#proposals(
      turn,
      urn,
      state,
      datasetAspects(urn, state, (job) => turn.state<JobState>(job)),
    )
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
    ingestion.finish()
  }
}

/** The states an event touches, as they become. */
class Turn {
  readonly #stored: (urn: string) => string | undefined
  readonly #states = new Map<string, unknown>()

  constructor(stored: (urn: string) => string | undefined) {
    this.#stored = stored
  }

  state<T>(urn: string): T | undefined {
    if (!this.#states.has(urn)) {
      const text = this.#stored(urn)
      this.#states.set(urn, text === undefined ? undefined : JSON.parse(text))
    }
    return this.#states.get(urn) as T | undefined
  }

  set(urn: string, state: unknown): void {
    this.#states.set(urn, state)
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
