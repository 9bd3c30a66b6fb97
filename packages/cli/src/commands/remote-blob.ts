import type { BlobCell, BlobInfo } from '@groundplane/graph'
import { CommandError } from '../errors.js'
import type { RemoteGraph } from '../remote-graph.js'

/** Blobs of a graph of a server, as a graph here gives them. */

interface ReadAt {
  readonly branch?: string | undefined
  readonly snapshot?: string | undefined
  readonly offset?: number | undefined
  readonly length?: number | undefined
}

export function blobInfoOver(
  remote: RemoteGraph,
  cell: BlobCell,
  { branch, snapshot }: ReadAt,
): Promise<BlobInfo> {
  const at = { ...(branch !== undefined && { branch }), ...(snapshot !== undefined && { snapshot }) }
  return remote.ask(remote.client.blobInfo({ ...cell, ...at }))
}

/** The bytes wanted, as they come; of one content, whatever is written meanwhile. */
export async function contentOver(
  remote: RemoteGraph,
  cell: BlobCell,
  at: ReadAt,
): Promise<AsyncIterable<Uint8Array>> {
  const info = await blobInfoOver(remote, cell, at)
  if (info.kind === 'external') {
    throw new CommandError('blob_external', `The content is kept elsewhere: ${info.uri}.`, {
      kind: 'unsupported',
      remedy: 'Fetch it from there; it is never fetched on your behalf.',
      details: { uri: info.uri },
    })
  }
  const range = wantedBytes(info, at)
  if (range.start >= range.end) return empty()
  // Read as of the branch that was asked for: its rules decide, not those of the branch its head was made on.
  const { branch } = at
  const stream = remote.client.blob(
    branch === undefined ? { ...cell, snapshot: info.commit } : { ...cell, branch },
    { range, ifDigest: info.digest },
  )
  return (await remote.ask(stream)) as unknown as AsyncIterable<Uint8Array>
}

async function* empty(): AsyncIterable<Uint8Array> {}

/** The bytes that `--offset` and `--length` leave of it. */
export function wantedBytes(info: BlobInfo, { offset, length }: ReadAt): { start: number; end: number } {
  const size = info.kind === 'managed' ? info.size : 0
  const start = Math.min(offset ?? 0, size)
  return { start, end: Math.min(start + (length ?? size), size) }
}
