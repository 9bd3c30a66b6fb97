import { assert, jsonDigest, sha256 } from '@groundplane/core'
import type { Transaction } from '@groundplane/graph'
import {
  HARVEST_ASPECT,
  newestFingerprint,
  readHarvestRecord,
  seenByChecks,
} from '../aspect/harvest-record.js'
import { isRefusal, type ReadProposal, type Refusal, readProposal } from '../aspect/parse.js'
import type { AspectProposal, RejectedProposal } from '../aspect/proposal.js'
import type { Row } from '../aspect/row.js'
import { eventPart, isTimeseries, withoutTime } from '../aspect/timeseries.js'
import type { PatchContext } from '../datahub/patch/apply-patch.js'
import { NamedEntities } from '../model/named-entities.js'
import type { QuerySet } from '../model/queries.js'
import { platformInstanceUrn } from '../urn/entity-urns.js'
import type { Effect } from './effect.js'
import type { Projection, ProjectionInput } from './project/projection.js'
import { projectionOf } from './project/registry.js'
import { ProjectionWriter } from './projection-writer.js'
import { refusedProperties } from './property-refusal.js'
import { ProposedChanges } from './proposed-change.js'
import type { CasingConflict, IngestOptions } from './result.js'
import { Shape, ShapeError } from './shape.js'

interface PendingProjection {
  readonly urn: string
  readonly aspectName: string
  /** Text of the aspect before the batch; null when there was none. */
  readonly before: string | null
  readonly effects: readonly Effect[]
}

/**
 * Ingests into one open transaction. Each proposal is read, compared with the
 * record, projected, and only then recorded: a refused one leaves no trace. The
 * projections of the whole batch are written by `finish`.
 */
export class Ingestion {
  readonly #tx: Transaction
  readonly #queries: QuerySet
  readonly #options: IngestOptions
  readonly #entities = new NamedEntities()
  readonly #writer: ProjectionWriter
  /** Null where all proposals are upserts. */
  readonly #changes: ProposedChanges | null
  /** What is to be written for each aspect the batch changed (the last one of it), and for each new event. */
  readonly #projections = new Map<string, PendingProjection>()
  /** Every entity the batch says something of, its datasets, and those whose status it says; only kept of a complete harvest. */
  readonly #mentioned = new Set<string>()
  readonly #datasets = new Set<string>()
  readonly #statuses = new Set<string>()
  readonly rejected: RejectedProposal[] = []
  written = 0
  unchanged = 0
  #index = 0

  constructor(tx: Transaction, queries: QuerySet, options: IngestOptions = {}, author?: PatchContext) {
    this.#tx = tx
    this.#queries = queries
    this.#options = options
    this.#writer = new ProjectionWriter(tx, this.#entities)
    this.#changes = author ? new ProposedChanges(tx, queries, author) : null
  }

  /** Answers what became of it: `written`, `unchanged`, or the refusal, which is also collected. */
  add(proposal: AspectProposal | Refusal): 'written' | 'unchanged' | RejectedProposal {
    const index = this.#index++
    const resolved = isRefusal(proposal) ? proposal : this.#resolve(proposal)
    const read =
      isRefusal(resolved) || resolved === 'unchanged' ? resolved : readProposal(resolved, this.#entities)
    let effect: 'written' | 'unchanged' | Refusal
    if (read === 'unchanged' || isRefusal(read)) effect = read
    else {
      if (this.#options.complete) this.#mention(read)
      effect = isTimeseries(read.aspectName) ? this.#addEvent(read) : this.#addAspect(read)
    }
    this.#options.onProgress?.(index + 1)
    if (effect === 'written') this.written++
    else if (effect === 'unchanged') this.unchanged++
    else {
      const source = isRefusal(proposal) ? null : proposal
      const rejected = {
        index,
        urn: typeof source?.entityUrn === 'string' ? source.entityUrn : null,
        aspectName: typeof source?.aspectName === 'string' ? source.aspectName : null,
        code: effect.code,
        message: effect.message,
        remedy: effect.remedy,
      }
      this.rejected.push(rejected)
      return rejected
    }
    return effect
  }

  #mention({ parsed, aspectName }: ReadProposal): void {
    this.#mentioned.add(parsed.urn)
    if (parsed.entityType === 'dataset') this.#datasets.add(parsed.urn)
    if (aspectName === 'status') this.#statuses.add(parsed.urn)
  }

  /** What is no proposal at all is left to be refused when it is read. */
  #resolve(proposal: AspectProposal): AspectProposal | Refusal | 'unchanged' {
    if (proposal?.change === undefined) return proposal
    assert(this.#changes, 'proposals that are no upserts have an author')
    return this.#changes.resolve(proposal)
  }

  #addAspect(read: ReadProposal): 'written' | 'unchanged' | Refusal {
    const { parsed, aspectName, text, system } = read
    const digest = sha256(text)
    const id = JSON.stringify([parsed.urn, aspectName])
    const stored = this.#tx.node('Aspect', id)
    if (stored?.data['digest'] === digest) return 'unchanged'
    // A later proposal of the batch replaces an earlier one, so both start from what was stored before the batch.
    const storedText = typeof stored?.data['text'] === 'string' ? stored.data['text'] : null
    const earlier = this.#projections.get(id)
    const before = earlier ? earlier.before : storedText
    const effects = refusedProperties(this.#tx, read, storedText) ?? this.#project(read, before)
    if (isRefusal(effects)) return effects
    this.#projections.set(id, { urn: parsed.urn, aspectName, before, effects })
    this.#tx.upsertNode('Aspect', {
      urn: parsed.urn,
      name: aspectName,
      entityType: parsed.entityType,
      text,
      digest,
      system,
    })
    return 'written'
  }

  #addEvent(read: ReadProposal): 'written' | 'unchanged' | Refusal {
    const { parsed, aspectName, text, value, system } = read
    const at = value['timestampMillis']
    if (typeof at !== 'number' || !Number.isSafeInteger(at))
      return shapeRefusal(aspectName, 'timestampMillis must be a whole number')
    if (this.#repeatsNewest(read)) return 'unchanged'
    const effects = this.#project(read, null)
    if (isRefusal(effects)) return effects
    const { effect } = this.#tx.upsertNode('TimeseriesAspect', {
      urn: parsed.urn,
      name: aspectName,
      at,
      part: eventPart(value),
      entityType: parsed.entityType,
      text,
      digest: sha256(text),
      system,
    })
    if (effect === 'unchanged') return 'unchanged'
    this.#projections.set(`event ${this.#index}`, { urn: parsed.urn, aspectName, before: null, effects })
    return 'written'
  }

  #repeatsNewest({ parsed, aspectName, value }: ReadProposal): boolean {
    if (aspectName !== 'datasetProfile' || this.#options.profiles === 'append') return false
    const [newest] = this.#tx.all(this.#queries.checked('newest_event'), {
      urn: parsed.urn,
      name: aspectName,
    })
    if (typeof newest?.['text'] !== 'string') return false
    return jsonDigest(withoutTime(JSON.parse(newest['text']))) === jsonDigest(withoutTime(value))
  }

  #project(read: ReadProposal, before: string | null): readonly Effect[] | Refusal {
    const { parsed, aspectName, value } = read
    const projection = projectionOf(aspectName, parsed.entityType)
    if (!projection) return []
    const input = { urn: parsed.urn, parsed, aspect: new Shape(value) }
    try {
      const effects = projectFrom(projection, input, before)
      this.#writer.check(effects)
      return this.#schemaRefusal(parsed.urn, effects) ?? effects
    } catch (e) {
      if (e instanceof ShapeError) return shapeRefusal(aspectName, e.message)
      throw e
    }
  }

  /** Recorded without its meaning, it would stay without: the same aspect again is unchanged. */
  #schemaRefusal(urn: string, effects: readonly Effect[]): Refusal | undefined {
    const { lacking } = this.#queries
    const type = lacking.size === 0 ? undefined : this.#writer.oneOf(lacking, urn, effects)
    if (type === undefined) return undefined
    return {
      code: 'catalog_schema_outdated',
      message: `The schema of this catalog is of an older version, which has no ${type}.`,
      remedy: 'Run "groundplane cluster apply", then send it again.',
    }
  }

  /** Writes the projections, and what a complete harvest implies. Call once, last. */
  finish(): CasingConflict[] {
    const { complete } = this.#options
    // Entries this adds are not part of the caller's batch; its counts and indexes are final by now.
    if (complete) this.#reconcile(complete)
    for (const { urn, aspectName, effects } of this.#projections.values()) {
      this.#writer.describe(urn)
      this.#writer.apply(effects, aspectName)
    }
    this.#writer.flush()
    return this.#casingConflicts()
  }

  #reconcile(complete: NonNullable<IngestOptions['complete']>): void {
    const { platform, instance } = complete
    const seen = new Set(this.#datasets)
    for (const row of this.#tx.all(this.#queries.checked('datasets_on'), { instance })) {
      const urn = String(row['urn'])
      if (!urn.includes(`:dataPlatform:${platform},`)) continue
      if (!seen.has(urn) && row['removed'] === false) this.#note(urn, 'status', { removed: true })
      if (seen.has(urn) && row['removed'] === true && !this.#statuses.has(urn))
        this.#note(urn, 'status', { removed: false })
    }
    this.#retireOthers(complete)
    if (this.rejected.length === 0) this.#noteHarvest(complete)
  }

  /** What the source had besides datasets, and has no more. */
  #retireOthers({ assertionSet, prefixes = [] }: NonNullable<IngestOptions['complete']>): void {
    if (assertionSet !== undefined)
      for (const row of this.#tx.all(this.#queries.checked('assertions_in_set'), { set: assertionSet }))
        if (row['removed'] !== true) this.#retireUnlessMentioned(String(row['urn']))
    for (const prefix of prefixes) {
      // A page at a time: the query ends after a thousand.
      for (let after = prefix; ; ) {
        const between = { after, below: `${prefix}\uffff` }
        const rows = this.#tx.all(this.#queries.checked('urns_between'), between)
        for (const row of rows) this.#retireUnlessMentioned(String(row['urn']))
        if (rows.length === 0) break
        after = String(rows.at(-1)?.['urn'])
      }
    }
  }

  /** Removing what is removed already changes nothing. */
  #retireUnlessMentioned(urn: string): void {
    if (!this.#mentioned.has(urn)) this.#note(urn, 'status', { removed: true })
  }

  /** Written only when it tells something new, so that harvesting an unchanged source makes no commit. */
  #noteHarvest({ platform, instance, fingerprint, at }: NonNullable<IngestOptions['complete']>): void {
    const urn = platformInstanceUrn(platform, instance)
    const stored = this.#tx.node('Aspect', JSON.stringify([urn, HARVEST_ASPECT]))
    const recorded = readHarvestRecord(stored?.data['text'])
    const known =
      recorded?.fingerprint === fingerprint &&
      recorded.at !== null &&
      newestFingerprint(recorded, seenByChecks(this.#assertionsOn(instance))) === fingerprint
    if (!known) this.#note(urn, HARVEST_ASPECT, { fingerprint, ...(at !== undefined && { at }) })
  }

  #assertionsOn(instance: string): Row[] {
    return this.#tx.all(this.#queries.checked('assertions_on'), { instance }) as Row[]
  }

  #note(
    entityUrn: string,
    aspectName: string,
    aspect: Readonly<Record<string, string | boolean | number>>,
  ): void {
    this.add({ entityUrn, aspectName, aspect })
  }

  #casingConflicts(): CasingConflict[] {
    const conflicts: CasingConflict[] = []
    for (const { urn, normalKey } of this.#writer.insertedDatasets) {
      const others = this.#tx
        .all(this.#queries.checked('same_name'), { key: normalKey })
        .map((row) => String(row['urn']))
        .filter((other) => other !== urn)
      if (others.length > 0) conflicts.push({ urn, others: others.sort() })
    }
    return conflicts
  }
}

/** An aspect from a time when its shape was not checked is taken as absent. */
function projectFrom(
  projection: Projection,
  input: Omit<ProjectionInput, 'previous'>,
  before: string | null,
): readonly Effect[] {
  if (before !== null)
    try {
      return projection({ ...input, previous: new Shape(JSON.parse(before)) })
    } catch (e) {
      if (!(e instanceof ShapeError)) throw e
    }
  return projection({ ...input, previous: null })
}

function shapeRefusal(aspectName: string, why: string): Refusal {
  return {
    code: 'aspect_shape_invalid',
    message: `${aspectName} does not have its shape: ${why}.`,
    remedy: 'Correct the named member of the aspect.',
  }
}
