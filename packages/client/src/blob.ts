import type { BlobQuery } from '@groundplane/protocol'
import { type Request, send, type TransportOptions } from './transport.js'

/** What a server keeps for one Blob. */
export type RemoteBlob =
  | {
      readonly kind: 'managed'
      /** SHA-256 of the content, hex. */
      readonly digest: string
      readonly size: number
      /** The commit it was read at: asked for again as `snapshot`, the same bytes come. */
      readonly commit: string
    }
  /** Content kept elsewhere; neither the server nor this client asks that place. */
  | { readonly kind: 'external'; readonly uri: string; readonly commit: string }

/** Bytes `start` to before `end`; `end` is after `start`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

interface Call {
  readonly signal?: AbortSignal
}

/** Size and digest of a Blob, or where its content is kept. Rejects as every call does when there is none. */
export async function blobInfo(
  transport: TransportOptions,
  base: string,
  query: BlobQuery,
  call: Call,
): Promise<RemoteBlob> {
  // One byte rather than HEAD: only an answer with a body can say why there is none.
  const response = await send(transport, {
    ...blobRequest(base, query, call),
    headers: { range: 'bytes=0-0' },
    accepts: [302, 416],
  })
  await response.body?.cancel()
  const header = (name: string) => response.headers.get(name) ?? ''
  const commit = header('groundplane-snapshot-id')
  if (response.status === 302) return { kind: 'external', uri: header('location'), commit }
  const digest = header('etag').replace(/^"sha256-|"$/g, '')
  return { kind: 'managed', digest, size: Number(/\/(\d+)$/.exec(header('content-range'))?.[1]), commit }
}

/** Content of a managed Blob, whole or in part, as the caller takes it. Refused (412) when it is not that of `ifDigest`. */
export async function blobContent(
  transport: TransportOptions,
  base: string,
  query: BlobQuery,
  call: Call & { readonly range?: ByteRange; readonly ifDigest?: string },
): Promise<ReadableStream<Uint8Array>> {
  const { range, ifDigest } = call
  const response = await send(transport, {
    ...blobRequest(base, query, call),
    headers: {
      ...(range && { range: `bytes=${range.start}-${range.end - 1}` }),
      ...(ifDigest !== undefined && { 'if-match': `"sha256-${ifDigest}"` }),
    },
  })
  return response.body as ReadableStream<Uint8Array>
}

function blobRequest(base: string, query: BlobQuery, { signal }: Call): Request {
  return {
    method: 'GET',
    path: `${base}/blob`,
    query,
    accept: 'application/octet-stream',
    ...(signal && { signal }),
  }
}
