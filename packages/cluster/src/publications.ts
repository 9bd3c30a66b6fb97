import { sha256 } from '@groundplane/core'
import { PUBLICATION_PREFIX } from './cluster-root.js'
import { locateRoot } from './locate-root.js'

/** One document of the control plane that its reader may replace, if nobody else has. */
export interface KeptDocument {
  read(): Promise<{ readonly text: string; readonly tag: string } | null>
  /** Durable when it returns. With `tag` only over the document that has it, with null only where there is none: else `StorageError` `precondition_failed`. */
  write(text: string, tag: string | null): Promise<string>
}

/**
 * Where a cluster keeps what it has published of a graph to a target: `__cluster/publications/<graph>/<digest of the address>.json`,
 * beside the ledger, on the same storage. What is in it is the publisher's.
 */
export async function publicationDocument(dir: string, graph: string, target: string): Promise<KeptDocument> {
  const { storage } = (await locateRoot(dir)).root
  const key = `${PUBLICATION_PREFIX}${graph}/${sha256(target).slice(0, 32)}.json`
  return {
    async read() {
      const stored = await storage.get(key)
      return stored && { text: Buffer.from(stored.body).toString('utf8'), tag: stored.etag }
    },
    async write(text, tag) {
      const { etag } = await storage.put(key, text, tag === null ? { ifNoneMatch: true } : { ifMatch: tag })
      return etag
    },
  }
}
