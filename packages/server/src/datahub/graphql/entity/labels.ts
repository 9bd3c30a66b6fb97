import { type Aspect, listOf, mapped } from '../aspect.js'
import type { Reader } from '../reader.js'

/** `globalTags` with its tags as entities; null where there is none. */
export function tags(reader: Reader, aspect: unknown): object | null {
  return mapped(aspect, ({ tags: all }) => ({
    tags: listOf(all).map(({ tag }) => ({ tag: reader.ref(tag) })),
  }))
}

/** `glossaryTerms` with its terms as entities; null where there is none. */
export function terms(reader: Reader, aspect: unknown): object | null {
  return mapped(aspect, ({ terms: all }) => ({
    terms: listOf(all).map(({ urn, actor }) => ({ term: reader.ref(urn), actor: () => reader.ref(actor) })),
  }))
}

/** A column with what it is labelled with, in a schema as it was ingested or as people edited it. */
export function labelled(reader: Reader, field: Aspect): Aspect {
  return {
    ...field,
    tags: () => tags(reader, field['globalTags']),
    glossaryTerms: () => terms(reader, field['glossaryTerms']),
  }
}
