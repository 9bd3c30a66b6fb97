import { jsonDigest, sha256 } from '@groundplane/core'
import type { Transaction } from '@groundplane/graph'
import { isRefusal, type ReadProposal, type Refusal, readProposal } from '../aspect/parse.js'
import type { AspectProposal, RejectedProposal } from '../aspect/proposal.js'
import { eventPart, isTimeseries, withoutTime } from '../aspect/timeseries.js'
import type { QuerySet } from '../model/queries.js'
import { platformInstanceUrn } from '../urn/entity-urns.js'
import { projectionOf } from './project/registry.js'
import { ProjectionWriter } from './projection-writer.js'
import type { CasingConflict, IngestOptions } from './result.js'
import { Shape, ShapeError } from './shape.js'

/**
 * Ingests into one open transaction. Each proposal is read, compared with the
 * record, projected, and only then recorded: a refused one leaves no trace. The
 * projections of the whole batch are written by `finish`.
 */
export class Ingestion {
  readonly #tx: Transaction
  readonly #queries: QuerySet
  readonly #options: IngestOptions
  readonly #writer: ProjectionWriter
  readonly #datasets = new Set<string>()
  readonly #statuses = new Set<string>()
  readonly rejected: RejectedProposal[] = []
  written = 0
  unchanged = 0
  #index = 0

  constructor(tx: Transaction, queries: QuerySet, options: IngestOptions = {}) {
    this.#tx = tx
    this.#queries = queries
    this.#options = options
    this.#writer = new ProjectionWriter(tx)
  }

  /** Answers what became of it: `written`, `unchanged`, or the refusal, which is also collected. */
  add(proposal: AspectProposal | Refusal): 'written' | 'unchanged' | RejectedProposal {
    const index = this.#index++
    const read = isRefusal(proposal) ? proposal : readProposal(proposal)
    let effect: 'written' | 'unchanged' | Refusal
    if (isRefusal(read)) effect = read
    else {
      if (read.parsed.entityType === 'dataset') this.#datasets.add(read.parsed.urn)
      if (read.aspectName === 'status') this.#statuses.add(read.parsed.urn)
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

  #addAspect(read: ReadProposal): 'written' | 'unchanged' | Refusal {
    const { parsed, aspectName, text, system } = read
    const digest = sha256(text)
    const stored = this.#tx.node('Aspect', JSON.stringify([parsed.urn, aspectName]))
    if (stored?.data['digest'] === digest) return 'unchanged'
    const previous = typeof stored?.data['text'] === 'string' ? stored.data['text'] : null
    const refusal = this.#project(read, previous)
    if (refusal) return refusal
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
    const refusal = this.#project(read, null)
    if (refusal) return refusal
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
    return effect === 'unchanged' ? 'unchanged' : 'written'
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

  #project({ parsed, aspectName, value }: ReadProposal, previous: string | null): Refusal | null {
    const projection = projectionOf(aspectName, parsed.entityType)
    try {
      const effects = projection
        ? projection({
            urn: parsed.urn,
            parsed,
            aspect: new Shape(value),
            previous: previous === null ? null : new Shape(JSON.parse(previous)),
          })
        : []
      this.#writer.check(effects)
      this.#writer.describe(parsed.urn)
      this.#writer.apply(effects, aspectName)
      return null
    } catch (e) {
      if (e instanceof ShapeError) return shapeRefusal(aspectName, e.message)
      throw e
    }
  }

  /** Writes the projections, and what a complete harvest implies. Call once, last. */
  finish(): CasingConflict[] {
    const { complete } = this.#options
    // Entries this adds are not part of the caller's batch; its counts and indexes are final by now.
    if (complete) this.#reconcile(complete)
    this.#writer.flush()
    return this.#casingConflicts()
  }

  #reconcile({ platform, instance, fingerprint }: NonNullable<IngestOptions['complete']>): void {
    const seen = new Set(this.#datasets)
    for (const row of this.#tx.all(this.#queries.checked('datasets_on'), { instance })) {
      const urn = String(row['urn'])
      if (!urn.includes(`:dataPlatform:${platform},`)) continue
      if (!seen.has(urn) && row['removed'] === false) this.#note(urn, 'status', { removed: true })
      if (seen.has(urn) && row['removed'] === true && !this.#statuses.has(urn))
        this.#note(urn, 'status', { removed: false })
    }
    if (this.rejected.length === 0)
      this.#note(platformInstanceUrn(platform, instance), 'groundplaneHarvest', { fingerprint })
  }

  #note(entityUrn: string, aspectName: string, aspect: Readonly<Record<string, string | boolean>>): void {
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

function shapeRefusal(aspectName: string, why: string): Refusal {
  return {
    code: 'aspect_shape_invalid',
    message: `${aspectName} does not have its shape: ${why}.`,
    remedy: 'Correct the named member of the aspect.',
  }
}
