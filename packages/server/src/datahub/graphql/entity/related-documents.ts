import { listOf } from '../aspect.js'
import type { Reader } from '../reader.js'

interface Question {
  readonly input: { readonly start?: number | null; readonly count?: number | null }
}

/** The documents that name an entity among the assets they are about, by URN. */
export function relatedDocuments(reader: Reader, urn: string): (question: Question) => object {
  return ({ input }) => {
    const found = reader
      .withAspect('documentInfo')
      .filter(({ aspect }) => listOf(aspect['relatedAssets']).some(({ asset }) => asset === urn))
    const start = Math.max(0, input.start ?? 0)
    const page = found.slice(start, start + Math.max(0, input.count ?? 10))
    return {
      start,
      count: page.length,
      total: found.length,
      documents: page.map((document) => reader.ref(document.urn)),
    }
  }
}
