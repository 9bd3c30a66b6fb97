import { createReadStream } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import { formatDiagnostic } from '@groundplane/core'
import type { LoadResult } from '@groundplane/graph'
import { confirmed } from '../consent.js'
import type { GraphAddress } from '../graph-target.js'
import { unreadable } from '../input.js'
import { onGraph } from '../on-graph.js'
import { note, print, printJson } from '../output.js'
import { stepReporter } from '../progress.js'
import { loadOver } from './remote-load.js'

interface LoadOptions extends GraphAddress {
  readonly data: string
  readonly mode: 'append' | 'merge' | 'overwrite'
  readonly branch?: string
  readonly ifCommit?: string
  readonly message?: string
  readonly yes?: boolean
  readonly json?: boolean
}

export async function runLoad(root: string | undefined, options: LoadOptions): Promise<number> {
  const step = () => stepReporter()(`load ${options.data}`)
  // What others share is not replaced unasked.
  const consent = async (graph: string): Promise<void> => {
    if (options.mode !== 'overwrite') return
    const where = `${graph}${options.branch === undefined ? '' : `, branch ${options.branch}`}`
    await confirmed(`Replace every entity of the types that ${options.data} has, in ${where}?`, options)
  }
  const result = await onGraph(
    { ...options, root },
    'write',
    async (target) => {
      if (!target.local) await consent(target.graph.id)
      const shown = step()
      const done = await target.graph.load(fileChunks(options.data), {
        mode: options.mode,
        ...(options.branch !== undefined && { branch: options.branch }),
        ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
        ...(target.principal && { principal: target.principal }),
        ...(options.message !== undefined && { message: options.message }),
        onProgress: (progress) => shown.update(progress.lines, undefined, 'lines'),
      })
      shown.finish(read(done))
      return done
    },
    async (remote) => {
      await consent(remote.id)
      const shown = step()
      const done = await loadOver(
        remote,
        (signal) => fileChunks(options.data, signal),
        options,
        (bytes) => shown.update(bytes, undefined, 'bytes sent'),
      )
      shown.finish(read(done))
      return done
    },
  )
  for (const warning of result.warnings) note(formatDiagnostic(warning))
  if (options.json) printJson({ ok: true, ...result })
  else {
    const { inserted, updated, unchanged, deleted } = result
    print(
      `${inserted} inserted, ${updated} updated, ${unchanged} unchanged, ${deleted} deleted; ${
        result.commit ? `commit ${result.commit.id}` : 'nothing to commit'
      }`,
    )
  }
  return 0
}

function read({ nodes, edges }: LoadResult): string {
  return `${nodes.toLocaleString('en-US')} nodes, ${edges.toLocaleString('en-US')} edges read`
}

/** Pieces of a file, or of standard input for `-`; raising the signal closes it, also while it is waited for. */
async function* fileChunks(file: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 })
  if (signal) addAbortSignal(signal, stream)
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw unreadable(file, error)
    throw error
  }
}
