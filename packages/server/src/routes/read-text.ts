import type { ChangeOutput, ExplainOutput, ReadOutput, Receipt } from '@groundplane/protocol'

/** The part of an answer that is the same for every run of one query at one place. */
interface Head {
  readonly types: readonly string[]
  readonly name: string
  readonly branch: string | null | undefined
  readonly snapshot: string | null | undefined
  readonly text: string
}

const heads = new WeakMap<readonly string[], Head>()
const receipts = new WeakMap<Receipt, { readonly commit: string; readonly whole: string }>()

/**
 * `JSON.stringify` of what a read answers, at a third of its cost for an answer of one row: the rows are all that
 * changes from one run of a query to the next. Lists of columns and receipts that are the same
 * objects again are taken to be the same as before.
 */
export function readText(answer: ReadOutput): string {
  const { row_count, rows, truncated, graph_commit_id, receipt } = answer
  const read = receiptText(receipt)
  const commit = graph_commit_id === receipt.commit ? read.commit : JSON.stringify(graph_commit_id)
  return `${headOf(answer)},"row_count":${row_count},"rows":${JSON.stringify(rows)},"truncated":${truncated},"graph_commit_id":${commit},"receipt":${read.whole}}`
}

/** The same of whatever a query answers. */
export function queryText(answer: ReadOutput | ChangeOutput | ExplainOutput): string {
  return 'row_count' in answer ? readText(answer as ReadOutput) : JSON.stringify(answer)
}

function headOf({ query_name, target, columns, column_types }: ReadOutput): string {
  const { branch, snapshot } = target
  const known = heads.get(columns)
  const same = known?.types === column_types && known.name === query_name
  if (same && known.branch === branch && known.snapshot === snapshot) return known.text
  const text = JSON.stringify({ query_name, target, columns, column_types }).slice(0, -1)
  heads.set(columns, { types: column_types, name: query_name, branch, snapshot, text })
  return text
}

function receiptText(receipt: Receipt) {
  const known = receipts.get(receipt)
  if (known) return known
  const texts = { commit: JSON.stringify(receipt.commit), whole: JSON.stringify(receipt) }
  receipts.set(receipt, texts)
  return texts
}
