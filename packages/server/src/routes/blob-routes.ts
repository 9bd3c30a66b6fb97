import { Readable } from 'node:stream'
import { type BlobCell, type BlobInfo, type Graph, MAX_BLOB_READ } from '@groundplane/graph'
import { targetOf } from '../graph-access/caller.js'
import type { Call, Handlers } from '../http/route.js'
import { graphOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { RangeUnsatisfiable, ServerError } from '../server-error.js'

type BlobCall = Call<'getBlob'> | Call<'headBlob'>

/** Bytes `start` to before `end`. */
interface Bytes {
  readonly start: number
  readonly end: number
}

/**
 * Content of Blobs by RFC 9110: strong validators (the digest of the content),
 * conditional requests, one byte range. Content kept elsewhere is a redirect;
 * nothing here ever asks that place.
 */
export function blobHandlers(deps: RouteDeps): Handlers<'getBlob' | 'headBlob'> {
  const answer = (call: BlobCall): void => {
    const { graph } = graphOf(deps.revision, call.params['graph_id'] as string).service
    const { entity, type, id, property } = call.query
    const cell: BlobCell = { entity, type, id, property }
    const principal = call.principal ? { principal: call.principal } : {}
    const info = graph.blob(cell, { ...targetOf(call.query), ...principal })
    call.reply.header('groundplane-snapshot-id', info.commit).header('omnigraph-snapshot-id', info.commit)
    if (info.kind === 'external') {
      call.reply.header('cache-control', 'no-store').header('location', info.uri).code(302).send()
      return
    }
    const read = (bytes: Bytes) => graph.readBlob(cell, bytes, { commit: info.commit, ...principal })
    managed(call, info, read)
  }
  return { getBlob: answer, headBlob: answer }
}

type Managed = Extract<BlobInfo, { kind: 'managed' }>

function managed(call: BlobCall, info: Managed, read: (bytes: Bytes) => ReturnType<Graph['readBlob']>): void {
  const { headers, method } = call.request
  const etag = `"sha256-${info.digest}"`
  const reply = call.reply.header('accept-ranges', 'bytes').header('etag', etag)
  if (headers['if-match'] !== undefined && !lists(headers['if-match'], etag)) {
    throw new ServerError('stale', 'blob_changed', 'The content is not the one that was expected.', {
      remedy: 'Read it again without If-Match.',
    })
  }
  if (
    headers['if-none-match'] !== undefined &&
    lists(headers['if-none-match'].replaceAll('W/"', '"'), etag)
  ) {
    reply.code(304).header('content-length', info.size).send()
    return
  }
  reply.type('application/octet-stream')
  if (method === 'HEAD') {
    reply.code(200).header('content-length', info.size).send()
    return
  }
  const wanted = headers['if-range'] === undefined || headers['if-range'] === etag ? headers.range : undefined
  const range = rangeOf(wanted, info.size)
  if (range && range.start >= range.end) {
    reply.header('content-range', `bytes */${info.size}`)
    throw new RangeUnsatisfiable({ ...range, length: info.size })
  }
  const bytes = range ?? { start: 0, end: info.size }
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end - 1}/${info.size}`)
  reply.header('content-length', bytes.end - bytes.start)
  reply.send(Readable.from(chunks(bytes, read), { objectMode: false }))
}

/** Whether a list of entity tags, or `*`, holds this one. */
function lists(header: string, etag: string): boolean {
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim() === etag)
}

/** What is no single range of bytes is ignored, as the RFC allows. Without a byte (`start` not before `end`) it is unsatisfiable. */
function rangeOf(header: string | undefined, size: number): Bytes | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const [first, last] = [match[1] as string, match[2] as string]
  if (first === '') {
    const tail = Math.min(Number(last), size)
    return { start: size - tail, end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < start) return undefined
  return { start, end }
}

/** As the receiver takes them: the next piece is read when the one before has gone. */
function* chunks({ start, end }: Bytes, read: (bytes: Bytes) => Uint8Array): Generator<Uint8Array> {
  for (let at = start; at < end; at += MAX_BLOB_READ) {
    yield read({ start: at, end: Math.min(at + MAX_BLOB_READ, end) })
  }
}
