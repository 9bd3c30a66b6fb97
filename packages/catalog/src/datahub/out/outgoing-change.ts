import type { WithheldReason } from '../entity-registry.js'

/** Of which aspect something is said. */
interface OfAspect {
  readonly urn: string
  readonly entityType: string
  readonly aspectName: string
}

/** An aspect, or an event of one, is as `text` says. */
export interface AspectUpsert extends OfAspect {
  readonly op: 'upsert'
  /** The record, in the names of RestLi. */
  readonly text: string
  /** Of an event: milliseconds since 1970, and what tells it from others of that instant. */
  readonly event?: { readonly at: number; readonly part: string }
  /** True where nothing was recorded before. */
  readonly isNew: boolean
}

/** Nothing is said of the entity any more: it is marked as removed. */
export interface EntityRemoval extends OfAspect {
  readonly op: 'remove'
  readonly aspectName: 'status'
  /** What had been said of it, by the names of the aspects. */
  readonly aspects: readonly string[]
}

/** The entity is still there, this aspect of it is not. */
export interface AspectDeletion extends OfAspect {
  readonly op: 'delete'
}

/**
 * What cannot be said to DataHub: an entity type or aspect it does not have or that is one server's own, the removal of an
 * entity that has no status there, the deletion of a single event, and that of the key of an entity that has other aspects.
 */
export interface Withheld extends OfAspect {
  readonly op: 'withheld'
  readonly reason:
    | WithheldReason
    | 'removal_unsupported'
    | 'event_deletion_unsupported'
    | 'key_of_living_entity'
}

/** What has to be said to DataHub of one record that is there, or is otherwise than it was. */
export type OutgoingChange = AspectUpsert | EntityRemoval | AspectDeletion | Withheld

/** The aspect that marks an entity as removed, or as there. */
export function statusText(removed: boolean): string {
  return JSON.stringify({ removed })
}
