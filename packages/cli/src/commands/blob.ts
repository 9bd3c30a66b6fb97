import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { type BlobCell, type BlobInfo, MAX_BLOB_READ } from '@groundplane/graph'
import { CommandError } from '../errors.js'
import type { GraphAddress, GraphTarget } from '../graph-target.js'
import { onGraph } from '../on-graph.js'
import { print, printJson } from '../output.js'
import { blobInfoOver, contentOver, wantedBytes } from './remote-blob.js'

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
  const at = cell as BlobCell
  await onGraph(
    options,
    'read',
    (target) =>
      kind === 'stat' ? showInfo(infoHere(target, at, options), options) : getHere(target, at, options),
    async (remote) =>
      kind === 'stat'
        ? showInfo(await blobInfoOver(remote, at, options), options)
        : writeContent(await contentOver(remote, at, options), options),
  )
  return 0
}

function infoHere(
  { graph, principal }: GraphTarget,
  at: BlobCell,
  { branch, snapshot }: BlobOptions,
): BlobInfo {
  return graph.blob(at, {
    ...(branch !== undefined && { branch }),
    ...(snapshot !== undefined && { commit: snapshot }),
    ...(principal && { principal }),
  })
}

function showInfo(info: BlobInfo, { json }: BlobOptions): void {
  if (json) printJson({ ok: true, ...info })
  else if (info.kind === 'external') print(`external  ${info.uri}`)
  else print(`managed  ${info.size} bytes  sha256:${info.digest}`)
}

async function getHere(target: GraphTarget, at: BlobCell, options: BlobOptions): Promise<void> {
  const info = infoHere(target, at, options)
  const { graph, principal } = target
  const { start, end } = wantedBytes(info, options)
  const pieces = function* () {
    // An external reference is refused by the read itself, which says where it leads.
    for (let from = start; from < end || info.kind === 'external'; from += MAX_BLOB_READ) {
      const range = { start: from, end: Math.min(from + MAX_BLOB_READ, end) }
      yield graph.readBlob(at, range, { commit: info.commit, ...(principal && { principal }) })
    }
  }
  await writeContent(pieces(), options)
}

/** To standard output or the file named, no faster than it is taken. */
async function writeContent(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: BlobOptions,
): Promise<void> {
  const out = options.out === undefined ? process.stdout : createWriteStream(options.out)
  for await (const piece of pieces) if (!out.write(piece)) await once(out, 'drain')
  if (out !== process.stdout) await finished(out.end())
}
