import { ReadableStream } from 'node:stream/web'
import type { Diagnostic } from '@groundplane/core'
import type { LoadMode, LoadResult } from '@groundplane/graph'
import { commitOf, type RemoteGraph } from '../remote-graph.js'

interface LoadAt {
  readonly mode: LoadMode
  readonly branch?: string | undefined
  readonly ifCommit?: string | undefined
  readonly message?: string | undefined
}

/**
 * Streams JSONL to a server as one commit and gives what a load here gives. Input that cannot be read
 * to its end fails with its own error and loads nothing. An answer that comes early ends the sending:
 * `input` is told by its signal.
 */
export async function loadOver(
  remote: RemoteGraph,
  input: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  { mode, branch, ifCommit, message }: LoadAt,
  onSent: (bytes: number) => void,
): Promise<LoadResult> {
  let unread: { readonly error: unknown } | undefined
  const answered = new AbortController()
  const { signal } = answered
  const sent = async function* () {
    let bytes = 0
    try {
      for await (const chunk of input(signal)) {
        // The HTTP client goes on sending after a refusal, for as long as there is something to send.
        if (signal.aborted) return
        yield chunk
        bytes += chunk.byteLength
        onSent(bytes)
      }
    } catch (error) {
      if (signal.aborted) return
      unread = { error }
      throw error
    }
  }
  try {
    const answer = await remote.ask(
      remote.client.load(ReadableStream.from(sent()) as globalThis.ReadableStream<Uint8Array>, {
        mode,
        ...(branch !== undefined && { branch }),
        ...(message !== undefined && { message }),
        ...(ifCommit !== undefined && { ifCommit }),
      }),
    )
    const { node_lines: nodes, edge_lines: edges, inserted, updated, unchanged, deleted, commit } = answer
    const warnings = answer.warnings as unknown as Diagnostic[]
    const types = (['node', 'edge'] as const).flatMap((kind) =>
      answer[`${kind}s`].map(({ name, entities_loaded: lines }) => ({ kind, name, lines })),
    )
    return {
      nodes,
      edges,
      types,
      branchCreated: answer.branch_created,
      inserted,
      updated,
      unchanged,
      deleted,
      warnings,
      commit: commit ? commitOf(commit) : null,
    }
  } catch (error) {
    throw unread ? unread.error : error
  } finally {
    answered.abort()
  }
}
