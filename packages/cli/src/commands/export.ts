import type { GraphAddress } from '../graph-target.js'
import { onGraph } from '../on-graph.js'
import { printJson, printLines } from '../output.js'

interface ExportOptions extends GraphAddress {
  readonly branch?: string
  readonly ifCommit?: string
  readonly snapshot?: string
  readonly type?: readonly string[]
  readonly json?: boolean
}

export async function runExport(root: string | undefined, options: ExportOptions): Promise<number> {
  const { branch, ifCommit, snapshot, type } = options
  await onGraph(
    { ...options, root },
    'read',
    (target) =>
      show(
        target.graph.export({
          ...(branch !== undefined && { branch }),
          ...(ifCommit !== undefined && { ifCommit }),
          ...(snapshot !== undefined && { commit: snapshot }),
          ...(type !== undefined && { types: [...type] }),
          ...(target.principal && { principal: target.principal }),
        }),
        options,
      ),
    (remote) =>
      show(
        remote.lines(
          remote.client.exportLines(
            { branch, snapshot, ...(type && { type_names: [...type] }) },
            ifCommit === undefined ? {} : { ifCommit },
          ),
        ),
        options,
      ),
  )
  return 0
}

async function show(lines: Iterable<string> | AsyncIterable<string>, { json }: ExportOptions): Promise<void> {
  if (!json) return printLines(lines)
  const parsed: unknown[] = []
  for await (const line of lines) parsed.push(JSON.parse(line))
  printJson({ ok: true, lines: parsed })
}
