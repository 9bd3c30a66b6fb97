import { canonicalJson } from '@groundplane/core'
import type { Transaction } from '@groundplane/graph'
import type { Refusal } from '../aspect/parse.js'
import type { AspectProposal, Json } from '../aspect/proposal.js'
import { isTimeseries } from '../aspect/timeseries.js'
import { applyPatch, type PatchContext } from '../datahub/patch/apply-patch.js'
import { PatchError } from '../datahub/patch/json-patch.js'
import type { QuerySet } from '../model/queries.js'

/**
 * Judges proposals that depend on what is there, by the state of the open transaction: one that may
 * not be made is refused, a patch becomes the aspect that comes of it. One for each batch.
 */
export class ProposedChanges {
  readonly #tx: Transaction
  readonly #queries: QuerySet
  readonly #context: PatchContext
  /** Entities the batch wanted to create and which were there: what follows about them is not written either. */
  readonly #notCreated = new Set<string>()

  constructor(tx: Transaction, queries: QuerySet, context: PatchContext) {
    this.#tx = tx
    this.#queries = queries
    this.#context = context
  }

  /** The proposal as an upsert; `unchanged` for a patch without effect. */
  resolve(proposal: AspectProposal): AspectProposal | Refusal | 'unchanged' {
    const { entityUrn: urn, aspectName, change = 'UPSERT' } = proposal
    switch (change) {
      case 'UPSERT':
        return proposal
      case 'CREATE_ENTITY':
        if (!this.#hasRecord(urn)) return proposal
        this.#notCreated.add(urn)
        return entityExists(urn)
      case 'CREATE':
        if (this.#notCreated.has(urn)) return entityExists(urn)
        if (isTimeseries(aspectName) || this.#stored(urn, aspectName) === null) return proposal
        return {
          code: 'aspect_exists',
          message: `${urn} has ${aspectName} already.`,
          remedy: 'Send UPSERT to replace it.',
        }
      case 'UPDATE':
        if (this.#stored(urn, aspectName) !== null) return proposal
        return {
          code: 'aspect_not_found',
          message: `${urn} has no ${aspectName} that could be updated.`,
          remedy: 'Send UPSERT to write it.',
        }
      case 'PATCH':
        return this.#patched(proposal)
    }
  }

  #patched({ change: _, ...proposal }: AspectProposal): AspectProposal | Refusal | 'unchanged' {
    const { entityUrn, aspectName, aspect, text = JSON.stringify(aspect) } = proposal
    if (isTimeseries(aspectName))
      return {
        code: 'change_type_unsupported',
        message: `${aspectName} is a series of events, which cannot be patched.`,
        remedy: 'Send the event whole, as UPSERT.',
      }
    const stored = this.#stored(entityUrn, aspectName)
    try {
      const value = applyPatch(aspectName, stored, text, this.#context)
      // Taking away from what is not there must not bring it into being.
      if (stored === null && !addsSomething(text)) return 'unchanged'
      if (stored !== null && canonicalJson(JSON.parse(stored)) === canonicalJson(value)) return 'unchanged'
      return { ...proposal, aspect: value as Json, text: JSON.stringify(value) }
    } catch (e) {
      if (!(e instanceof PatchError)) throw e
      return {
        code: 'patch_invalid',
        message: `The patch of ${aspectName} cannot be applied: ${e.message}.`,
        remedy: 'Compare its paths with the aspect as it is.',
      }
    }
  }

  #stored(urn: string, aspectName: string): string | null {
    const text = this.#tx.node('Aspect', JSON.stringify([urn, aspectName]))?.data['text']
    return typeof text === 'string' ? text : null
  }

  #hasRecord(urn: string): boolean {
    return ['any_aspect', 'any_event'].some(
      (query) => this.#tx.all(this.#queries.checked(query), { urn }).length > 0,
    )
  }
}

function addsSomething(patchText: string): boolean {
  const patch = JSON.parse(patchText) as { patch?: { op?: string }[] } | { op?: string }[]
  const operations = Array.isArray(patch) ? patch : (patch.patch ?? [])
  return operations.some(({ op }) => op?.toLowerCase() !== 'remove')
}

function entityExists(urn: string): Refusal {
  return {
    code: 'entity_exists',
    message: `${urn} exists already.`,
    remedy: 'Send UPSERT to change it.',
  }
}
