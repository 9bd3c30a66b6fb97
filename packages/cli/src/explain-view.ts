import type { ExplainedStatement, Explanation, PlanNode, UsedIndex } from '@groundplane/graph'

/** An explanation for people: the plan as a tree in the names of the schema, then what it used, found and cost. */
export function renderExplanation(explanation: Explanation): string {
  const { query, branch, commit, statements, indexes, rows, advice } = explanation
  const verb = explanation.executed ? 'read' : 'would write'
  const parts = [
    `${query.name} ${verb} ${branch} at ${commit}`,
    ...statements.map(renderStatement),
    facts([
      ['indexes', indexes.length === 0 ? 'none' : indexes.map(indexName).join(', ')],
      ['rows', rowsLine(rows)],
      ['time', timeLine(explanation)],
      ...advice.map(({ message }) => ['advice', message] as const),
    ]),
    ...statements.flatMap(({ sql }) => (sql === null ? [] : [`sql\n  ${sql}`])),
  ]
  return parts.join('\n\n')
}

function renderStatement({ what, plan }: ExplainedStatement): string {
  const lines = [{ text: what, note: '' }, ...branchLines(shown(plan), '')]
  const width = Math.max(...lines.map(({ text, note }) => (note === '' ? 0 : text.length)))
  return lines.map(({ text, note }) => (note === '' ? text : `${text.padEnd(width)}  ${note}`)).join('\n')
}

interface Line {
  readonly text: string
  readonly note: string
}

/** Machinery is left out, and what is below it stands in its place. */
function shown(nodes: readonly PlanNode[]): PlanNode[] {
  return nodes.flatMap((node) => (node.summary === null ? shown(node.children) : [node]))
}

function branchLines(nodes: readonly PlanNode[], indent: string): Line[] {
  return nodes.flatMap((node, i) => {
    const isLast = i === nodes.length - 1
    const text = `${indent}${isLast ? '└─' : '├─'} ${node.summary}`
    // The parts of one lookup have been told with it.
    const below = node.detail === 'MULTI-INDEX OR' ? [] : shown(node.children)
    return [{ text, note: rowsNote(node) }, ...branchLines(below, `${indent}${isLast ? '   ' : '│  '}`)]
  })
}

function rowsNote({ visitedRows, estimatedRows }: PlanNode): string {
  const expected = estimatedRows === null ? '' : `about ${counted(estimatedRows)} expected each time`
  if (visitedRows === null) return expected
  return expected === '' ? counted(visitedRows) : `${counted(visitedRows)}, ${expected}`
}

function indexName({ kind, type, properties }: UsedIndex): string {
  const names = properties.join(', ')
  switch (kind) {
    case 'key':
      return `key of ${type} (${names})`
    case 'unique':
    case 'index':
      return `${type} @${kind}(${names})`
    case 'full-text':
      return `full text of ${type}.${names}`
    case 'adjacency':
      return `adjacency arrays of ${type}`
    case 'edge-ends':
      return `ends of ${type}`
    case 'automatic':
      return `made for this query: ${type}(${names})`
    default:
      return `ids of ${type}`
  }
}

function rowsLine({ returned, truncated, scanned }: Explanation['rows']): string {
  if (returned === null) return 'not executed; nothing was written'
  const found = `${returned} returned${truncated ? ' (there are more)' : ''}`
  return scanned === null ? `${found}, not counted how many were looked at` : `${found}, ${scanned} looked at`
}

function timeLine({ timings }: Explanation): string {
  const { parseMs, checkMs, compileMs, executeMs } = timings
  const steps = [
    ['parse', parseMs],
    ['check', checkMs],
    ['compile', compileMs],
    ...(executeMs === null ? [] : [['execute', executeMs] as const]),
  ] as const
  return `${steps.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(', ')} ms`
}

function facts(lines: readonly (readonly [name: string, text: string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n')
}

function counted(rows: number): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'}`
}
