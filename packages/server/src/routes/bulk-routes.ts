import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { LoadMode, LoadResult } from '@groundplane/graph'
import type { ChangeBaselineRecord } from '@groundplane/protocol'
import { errorCodes } from 'fastify'
import { targetOf } from '../graph-access/caller.js'
import { filterOf } from '../graph-access/changes.js'
import { limitBody } from '../http/body-limit.js'
import type { Call, Handlers } from '../http/route.js'
import { graphOf } from '../served-revision.js'
import type { RouteDeps } from '../server-deps.js'
import { ServerError } from '../server-error.js'
import { type AnyCall, ifCommitOf, principalOf } from './graph-call.js'
import { loadToWire } from './graph-wire.js'

const NDJSON = 'application/x-ndjson; charset=utf-8'

type BulkIds = 'load' | 'loadIf' | 'exportGraph' | 'exportGraphIf' | 'captureBaseline'

/** How and where a load writes. */
interface LoadAt {
  readonly mode: LoadMode
  readonly branch: string
  /** Where the branch begins when there is none. */
  readonly from?: string
  readonly message?: string
  readonly ifCommit?: string
}

/** Loads and exports. Streams in both directions follow the slower side. */
export function graphBulkHandlers(deps: RouteDeps): Handlers<BulkIds> {
  const load = (call: Call<'load'> | Call<'loadIf'>, ifCommit?: string) =>
    loadInto(deps, call, [Buffer.from(call.body.data)], loadAt(call.body, ifCommit))
  const exportTo = (call: Call<'exportGraph'> | Call<'exportGraphIf'>, ifCommit?: string) => {
    const { service } = graphOf(deps.revision, call.params['graph_id'] as string)
    const { type_names } = call.body
    const lines = service.export({
      ...targetOf(call.body),
      ...principalOf(call),
      ...(type_names && { types: type_names }),
      ...(ifCommit !== undefined && { ifCommit }),
    })
    return sendLines(deps, call, lines)
  }
  return {
    load: (call) => load(call),
    loadIf: (call) => load(call, ifCommitOf(call)),

    exportGraph: (call) => exportTo(call),
    exportGraphIf: (call) => exportTo(call, ifCommitOf(call)),

    async captureBaseline(call) {
      const { service } = graphOf(deps.revision, call.params['graph_id'] as string)
      const { branch, snapshot, skip = 0 } = call.body
      if (skip !== null && skip > 0 && snapshot == null) throw skipWithoutCommit()
      const { commit, lines, cursor } = await service.baseline({
        ...(branch != null && { branch }),
        ...(snapshot != null && { commit: snapshot }),
        ...filterOf(call.body),
        ...principalOf(call),
      })
      call.reply.header('groundplane-snapshot-id', commit.id).header('omnigraph-snapshot-id', commit.id)
      const record: ChangeBaselineRecord = {
        baseline: { snapshot_commit_id: commit.id, resume_cursor: cursor },
      }
      return sendLines(deps, call, baselineLines(lines, skip ?? 0, JSON.stringify(record)))
    },
  }
}

/** Their bodies are not parsed but passed on, so they are registered where only that media type is taken. */
export function graphStreamHandlers(
  deps: RouteDeps,
  streaming: WeakSet<Socket>,
): Handlers<'loadNdjson' | 'loadNdjsonIf'> {
  const load = async (call: Call<'loadNdjson'> | Call<'loadNdjsonIf'>, ifCommit?: string) => {
    const { raw } = call.request
    if (raw.headers['content-type'] === undefined) throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE('')
    // Leaving the loop early must not destroy the socket: the refusal still has to be sent through it.
    const body = raw.iterator({ destroyOnReturn: false })
    const { streamBytes: maxBytes, bodyIdleMs: idleMs, streamMs: maxMs } = deps.limits
    streaming.add(raw.socket)
    const release = deps.streams.hold(call, () => raw.destroy())
    try {
      return await loadInto(
        deps,
        call,
        whenRead(limitBody(body, { maxBytes, idleMs, maxMs }), release),
        loadAt(call.query, ifCommit),
      )
    } finally {
      release()
      streaming.delete(raw.socket)
    }
  }
  return {
    loadNdjson: (call) => load(call),
    loadNdjsonIf: (call) => load(call, ifCommitOf(call)),
  }
}

/** What has come whole is a request like any other, which ends by itself. */
async function* whenRead(chunks: AsyncIterable<Uint8Array>, done: () => void): AsyncGenerator<Uint8Array> {
  yield* chunks
  done()
}

function loadAt(
  asked: {
    mode?: LoadMode | null | undefined
    branch?: string | null | undefined
    from?: string | null | undefined
    message?: string | null | undefined
  },
  ifCommit: string | undefined,
): LoadAt {
  return {
    mode: asked.mode ?? 'append',
    branch: asked.branch ?? 'main',
    ...(asked.from != null && { from: asked.from }),
    ...(asked.message != null && { message: asked.message }),
    ...(ifCommit !== undefined && { ifCommit }),
  }
}

async function loadInto(
  deps: RouteDeps,
  call: AnyCall,
  lines: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  at: LoadAt,
) {
  const { id, service } = graphOf(deps.revision, call.params['graph_id'] as string)
  const source = Symbol.asyncIterator in lines ? lines : Readable.from(lines, { objectMode: true })
  const result: LoadResult = await service.load(source, {
    ...at,
    ...principalOf(call),
    provenance: call.provenance,
  })
  return loadToWire(id, at, call.principal?.actor ?? null, result)
}

/** The last line is sent only when every other was: whoever has it has all. */
async function* baselineLines(
  lines: AsyncIterable<string>,
  skip: number,
  record: string,
): AsyncGenerator<string> {
  let n = 0
  for await (const line of lines) if (n++ >= skip) yield line
  if (n >= skip) yield record
  else {
    throw new ServerError('invalid', 'baseline_skip', `The baseline has ${n} lines, fewer than ${skip}.`, {
      remedy: 'Skip as many lines as were received whole, the last line of a baseline not counted.',
    })
  }
}

function skipWithoutCommit(): ServerError {
  return new ServerError(
    'invalid',
    'baseline_skip',
    'Lines are to be skipped, and of which commit is not said.',
    {
      remedy:
        'Send `snapshot` with the commit of the baseline that broke off (header groundplane-snapshot-id).',
    },
  )
}

/** The first line is taken before the status is sent, so that a refusal is a refusal and not a broken stream. */
async function sendLines(
  { limits, streams }: RouteDeps,
  call: AnyCall,
  lines: AsyncIterable<string>,
): Promise<undefined> {
  const { raw } = call.reply
  // Cut off and not ended: whoever reads it must not take what it has for the whole.
  streams.hold(call, () => raw.destroy())
  const iterator = lines[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (raw.destroyed) {
    await iterator.return?.()
    return
  }
  // Node sets this back when the answer is whole. Nothing moves while lines are looked for, too: only who has some waiting is at fault.
  raw.setTimeout(limits.receiveIdleMs, () => {
    if (raw.writableLength > 0) raw.destroy()
  })
  call.reply.type(NDJSON).send(Readable.from(chunksOf(first, iterator), { objectMode: false }))
}

/**
 * Lines joined into chunks of about 64 KiB: one write to the socket a line would cost more than the line. Whoever
 * leaves early ends the lines too, which hold what they read from.
 */
async function* chunksOf(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  let chunk = ''
  try {
    for (let line = first; !line.done; line = await rest.next()) {
      chunk += line.value.endsWith('\n') ? line.value : `${line.value}\n`
      if (chunk.length >= 65_536) {
        yield chunk
        chunk = ''
      }
    }
    if (chunk !== '') yield chunk
  } finally {
    await rest.return?.()
  }
}
