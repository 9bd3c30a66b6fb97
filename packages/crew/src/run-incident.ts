import type { CatalogApi } from '@groundplane/catalog'
import {
  type Clock,
  type ErrorBody,
  GroundplaneError,
  type Principal,
  type Provenance,
  type UlidSource,
} from '@groundplane/core'
import type { ReadContext, WriteContext } from '@groundplane/graph'
import type { IncidentEvent, IncidentReport, RoleName } from '@groundplane/protocol'
import { CrewError } from './error.js'
import { EventLog } from './incident-event.js'
import type { ModelEndpoint } from './model/endpoint.js'
import type { BoundReads } from './role/catalog-tools.js'
import { coordinate } from './role/coordinator.js'

const MAX_SENTENCE = 2000

/** The part of a catalog a run uses. */
export type CrewCatalog = BoundReads & Pick<CatalogApi, 'raiseIncidents' | 'startRun' | 'finishRun'>

export interface RunIncidentOptions {
  readonly sentence: string
  readonly catalog: CrewCatalog
  /** Platform instance taken as right. */
  readonly reference: string
  /** Platform instance in question. */
  readonly production: string
  /** Model endpoints by role, as `crew.roles` has them. A role without one judges by rules alone. */
  readonly roles?: Partial<Record<'coordinator' | 'detective' | 'reality_checker' | 'fixer', ModelEndpoint>>
  /** Hears each event as it happens; the last one after the run is on record. One that throws is not called again. */
  readonly onEvent?: (event: IncidentEvent) => void
  readonly clock: Clock
  readonly ids: UlidSource
  /** Default: a new id. */
  readonly runId?: string
  /** Ends the run as failed, `run_cancelled`. */
  readonly signal?: AbortSignal
  /** Who asked: decides what may be read and written, and is the author of every commit. */
  readonly principal?: Principal
  readonly provenance?: Provenance
  readonly branch?: string
  /** Where `${NAME}` of an endpoint's key is looked up. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Looks into one sentence: finds what it is about, what upstream of it is faulty in
 * production and not in the reference, raises an incident on each faulty dataset,
 * and writes a report whose every claim cites its evidence. Needs no model.
 *
 * Commits of the catalog: the start of the run, its incidents (none when all are
 * open already), its end with events and report. Killed in between, the run stays
 * `running` until the catalog's sweep; what it raised stands and is not raised again.
 *
 * Throws CrewError `sentence_empty | sentence_too_long | instances_equal` and
 * CatalogError `instance_not_found` before anything is recorded; later failures are
 * recorded with the run (event `run.failed`) and thrown.
 */
export async function runIncident(options: RunIncidentOptions): Promise<IncidentReport> {
  const started = performance.now()
  const sentence = checkSentence(options.sentence)
  const { catalog, reference, production } = options
  if (reference === production) {
    throw new CrewError('invalid', 'instances_equal', `reference and production are both "${production}"`, {
      remedy: 'Name two instances under crew in cluster.yaml.',
    })
  }
  const at: ReadContext = {
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.principal && { principal: options.principal }),
  }
  const reads = bind(catalog, at)
  reads.diffHealth({ reference, production, datasets: [] }) // an unknown instance is refused here, before a run exists
  const runId = options.runId ?? options.ids.next()
  const write: WriteContext = { ...at, provenance: { agent: 'crew', ...options.provenance, runId } }
  const log = new EventLog(runId, options.clock, options.onEvent)
  catalog.startRun({ runId, sentence }, write)
  try {
    log.emit('run.started', { sentence })
    const report = await coordinate(
      {
        sentence,
        reference,
        production,
        reads,
        log,
        clock: options.clock,
        signal: options.signal,
        endpoints: endpointsOf(options),
        environment: options.environment ?? process.env,
      },
      {
        runId,
        raise: (incidents) => catalog.raiseIncidents(incidents, write).incidents,
        elapsedMs: () => performance.now() - started,
      },
    )
    const last = log.record('run.finished', { report })
    try {
      catalog.finishRun({ runId, status: 'finished', events: log.events, report }, write)
    } catch (error) {
      log.retract(last)
      throw error
    }
    log.publish(last)
    return report
  } catch (error) {
    recordFailure(options, log, runId, write, error)
    throw error
  }
}

function checkSentence(text: string): string {
  const sentence = text.replace(/\s+/g, ' ').trim()
  if (!/[\p{L}\p{N}]/u.test(sentence)) {
    throw new CrewError('invalid', 'sentence_empty', 'the sentence is empty', {
      remedy: 'Say in one sentence what looks wrong, like "revenue dashboard wrong".',
    })
  }
  if (sentence.length > MAX_SENTENCE) {
    throw new CrewError('invalid', 'sentence_too_long', `the sentence has ${sentence.length} characters`, {
      remedy: `Say it in at most ${MAX_SENTENCE}.`,
    })
  }
  return sentence
}

function bind(catalog: CrewCatalog, at: ReadContext): BoundReads {
  return {
    search: (question) => catalog.search(question, at),
    getEntities: (urns) => catalog.getEntities(urns, at),
    listSchemaFields: (question) => catalog.listSchemaFields(question, at),
    getLineage: (question) => catalog.getLineage(question, at),
    getDatasetAssertions: (question) => catalog.getDatasetAssertions(question, at),
    diffHealth: (question) => catalog.diffHealth(question, at),
    listIncidents: (question) => catalog.listIncidents(question, at),
  }
}

function endpointsOf({ roles = {} }: RunIncidentOptions): Partial<Record<RoleName, ModelEndpoint>> {
  const { reality_checker, ...others } = roles
  return { ...others, ...(reality_checker && { 'reality-checker': reality_checker }) }
}

/** A failure that cannot be recorded either is not allowed to hide the first one. */
function recordFailure(
  options: RunIncidentOptions,
  log: EventLog,
  runId: string,
  write: WriteContext,
  error: unknown,
): void {
  const body: ErrorBody =
    error instanceof GroundplaneError
      ? error.toBody()
      : {
          code: 'internal',
          message: 'the run broke on a defect of the crew',
          remedy: 'Report it with the run id.',
        }
  const last = log.record('run.failed', { error: { ...body } })
  try {
    options.catalog.finishRun({ runId, status: 'failed', events: log.events, error: body }, write)
  } catch {
    // The sweep will mark the run as interrupted.
  }
  log.publish(last)
}
