/** One line of `EXPLAIN QUERY PLAN`, taken apart. */
export interface PlanStep {
  readonly id: number
  readonly parent: number
  readonly detail: string
  /** `scan` and `search` look at rows; everything else is `other`. */
  readonly action: 'scan' | 'search' | 'other'
  /** Alias or table that is looked at. */
  readonly target: string | null
  readonly index: string | null
  readonly how: 'index' | 'automatic' | 'rowid' | 'virtual' | 'table' | null
  readonly constraints: readonly Constraint[]
}

export interface Constraint {
  readonly column: string
  readonly op: string
}

export interface PlanRow {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

const ACCESS = /^(SCAN|SEARCH) (\S+)(?: (.*))?$/

/**
 * The wording is that of SQLite's where.c and select.c (3.4x and 3.5x). A line this does not know is
 * `other` and is shown in SQLite's words.
 */
export function parsePlanStep({ id, parent, detail }: PlanRow): PlanStep {
  const base = { id, parent, detail }
  const [, verb, target, rest = ''] = ACCESS.exec(detail) ?? []
  if (verb === undefined || target === undefined || target === 'CONSTANT') {
    return { ...base, action: 'other', target: null, index: null, how: null, constraints: [] }
  }
  const action = verb === 'SCAN' ? 'scan' : 'search'
  const constraints = constraintsOf(rest)
  const found = { ...base, action, target, constraints } as const
  if (rest.includes('AUTOMATIC')) return { ...found, index: null, how: 'automatic' }
  if (rest.startsWith('VIRTUAL TABLE')) return { ...found, index: null, how: 'virtual' }
  if (/\bINTEGER PRIMARY KEY\b/.test(rest)) return { ...found, index: null, how: 'rowid' }
  const [, index] = /\bINDEX (\S+)/.exec(rest) ?? []
  return { ...found, index: index ?? null, how: index === undefined ? 'table' : 'index' }
}

/** `(src=? AND ANY(dst) AND rowid<?)`: a column that is skipped over constrains nothing. */
function constraintsOf(rest: string): Constraint[] {
  const [, list] = /\((.*)\)/.exec(rest) ?? []
  if (list === undefined) return []
  return list.split(' AND ').flatMap((term) => {
    const [, column, op] = /^(\w+)([<>=]+)\?$/.exec(term) ?? []
    return column === undefined || op === undefined ? [] : [{ column, op }]
  })
}

const BOOKKEEPING = new Set(['br', 'ended', 'born'])

/** What is asked of an index beside which version of a row is visible. */
export function asked(step: PlanStep): readonly Constraint[] {
  return step.constraints.filter(({ column }) => !BOOKKEEPING.has(column))
}
