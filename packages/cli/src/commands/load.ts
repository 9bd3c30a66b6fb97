import { createReadStream } from 'node:fs'
import { formatDiagnostic } from '@groundplane/core'
import { type GraphAddress, openGraphTarget } from '../graph-target.js'
import { unreadable } from '../input.js'
import { note, print, printJson } from '../output.js'
import { stepReporter } from '../progress.js'

interface LoadOptions extends GraphAddress {
  readonly data: string
  readonly mode: 'append' | 'merge' | 'overwrite'
  readonly branch?: string
  readonly ifCommit?: string
  readonly message?: string
  readonly json?: boolean
}

export async function runLoad(root: string | undefined, options: LoadOptions): Promise<number> {
  const target = await openGraphTarget({ ...options, root }, 'write')
  try {
    const step = stepReporter()(`load ${options.data}`)
    const result = await target.graph.load(fileChunks(options.data), {
      mode: options.mode,
      ...(options.branch !== undefined && { branch: options.branch }),
      ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
      ...(target.principal && { principal: target.principal }),
      ...(options.message !== undefined && { message: options.message }),
      onProgress: (progress) => step.update(progress.lines, undefined, 'lines'),
    })
    step.finish(
      `${result.nodes.toLocaleString('en-US')} nodes, ${result.edges.toLocaleString('en-US')} edges read`,
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
  } finally {
    target.close()
  }
}

async function* fileChunks(file: string): AsyncIterable<Uint8Array> {
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 })
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw unreadable(file, error)
    throw error
  }
}
