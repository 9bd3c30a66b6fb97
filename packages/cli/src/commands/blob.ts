import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { type BlobCell, MAX_BLOB_READ } from '@groundplane/graph'
import { CommandError } from '../errors.js'
import { type GraphAddress, openGraphTarget } from '../graph-target.js'
import { print, printJson } from '../output.js'

interface BlobOptions extends GraphAddress {
  readonly branch?: string
  readonly snapshot?: string
  readonly offset?: number
  readonly length?: number
  readonly out?: string
  readonly json?: boolean
}

/** `blob get` writes the bytes and nothing else; `blob stat` says what is kept. */
export async function runBlob(
  kind: 'get' | 'stat',
  cell: { entity: string; type: string; id: string; property: string },
  options: BlobOptions,
): Promise<number> {
  if (cell.entity !== 'node' && cell.entity !== 'edge') {
    throw new CommandError(
      'blob_entity',
      `A Blob is of a node or of an edge, not of ${JSON.stringify(cell.entity)}.`,
      {
        remedy: 'Write node or edge, then the type, the id and the property.',
      },
    )
  }
  const target = await openGraphTarget(options, 'read')
  try {
    const principal = target.principal ? { principal: target.principal } : {}
    const at = cell as BlobCell
    const info = target.graph.blob(at, {
      ...(options.branch !== undefined && { branch: options.branch }),
      ...(options.snapshot !== undefined && { commit: options.snapshot }),
      ...principal,
    })
    if (kind === 'stat') {
      if (options.json) printJson({ ok: true, ...info })
      else if (info.kind === 'external') print(`external  ${info.uri}`)
      else print(`managed  ${info.size} bytes  sha256:${info.digest}`)
      return 0
    }
    const size = info.kind === 'managed' ? info.size : 0
    const start = Math.min(options.offset ?? 0, size)
    const end = Math.min(start + (options.length ?? size), size)
    const out = options.out === undefined ? process.stdout : createWriteStream(options.out)
    // An external reference is refused by the read itself, which says where it leads.
    for (let from = start; from < end || info.kind === 'external'; from += MAX_BLOB_READ) {
      const range = { start: from, end: Math.min(from + MAX_BLOB_READ, end) }
      const bytes = target.graph.readBlob(at, range, { commit: info.commit, ...principal })
      if (!out.write(bytes)) await once(out, 'drain')
    }
    if (out !== process.stdout) await finished(out.end())
    return 0
  } finally {
    target.close()
  }
}
