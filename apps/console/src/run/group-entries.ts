/** Folds a role's repeated calls of one tool into one line, so that a pane tells the story and not every step. Pure. */
import type { RoleEntry, ToolEntry } from './run-view'

export interface ToolGroup {
  kind: 'group'
  /** That of its first call. */
  id: number
  at: string
  tool: string
  calls: ToolEntry[]
}

/** This many calls of one tool in a row are one line. */
const FOLD_FROM = 3

/** Calls of the same tool that follow each other become a group; everything else stays as it is, in order. */
export function groupEntries(entries: readonly RoleEntry[]): (RoleEntry | ToolGroup)[] {
  const grouped: (RoleEntry | ToolGroup)[] = []
  let calls: ToolEntry[] = []
  const flush = () => {
    const first = calls[0]
    if (first && calls.length >= FOLD_FROM) {
      grouped.push({ kind: 'group', id: first.id, at: first.at, tool: first.tool, calls })
    } else grouped.push(...calls)
    calls = []
  }
  for (const entry of entries) {
    if (entry.kind !== 'tool') {
      flush()
      grouped.push(entry)
    } else {
      if (calls[0] && calls[0].tool !== entry.tool) flush()
      calls.push(entry)
    }
  }
  flush()
  return grouped
}
