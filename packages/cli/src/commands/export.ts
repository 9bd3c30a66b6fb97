import { once } from 'node:events'
import { type GraphAddress, openGraphTarget } from '../graph-target.js'
import { printJson } from '../output.js'

interface ExportOptions extends GraphAddress {
  readonly branch?: string
  readonly ifCommit?: string
  readonly snapshot?: string
  readonly type?: readonly string[]
  readonly json?: boolean
}

export async function runExport(root: string | undefined, options: ExportOptions): Promise<number> {
  const target = await openGraphTarget({ ...options, root }, 'read')
  try {
    const lines = target.graph.export({
      ...(options.branch !== undefined && { branch: options.branch }),
      ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
      ...(options.snapshot !== undefined && { commit: options.snapshot }),
      ...(options.type !== undefined && { types: [...options.type] }),
      ...(target.principal && { principal: target.principal }),
    })
    if (options.json) printJson({ ok: true, lines: Array.from(lines, (line) => JSON.parse(line) as unknown) })
    else for (const line of lines) if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
    return 0
  } finally {
    target.close()
  }
}
