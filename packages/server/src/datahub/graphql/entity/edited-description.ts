import type { Aspect } from '../aspect.js'

/**
 * What people said of an entity. Where that is no description, the one that an edit would change: clients add to what
 * they read here, and write all of it.
 */
export function editedDescription(edited: Aspect | undefined, stated: Aspect | undefined): Aspect | null {
  if (edited?.['description'] || !stated?.['description']) return edited ?? null
  return { ...edited, description: stated['description'] }
}
