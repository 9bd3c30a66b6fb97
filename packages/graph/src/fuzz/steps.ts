import { checkSchema } from '@groundplane/lang'
import type { Choices } from '@groundplane/lang/testing/choices'
import { damaged, HOSTILE_STRINGS, hostileString, soup } from '@groundplane/lang/testing/hostile-text'
import type { ReadContext, WriteContext } from '../api.js'
import { Graph } from '../graph.js'
import { someMigration } from '../testing/model-migration.js'
import { schemaSource } from '../testing/model-schema.js'
import { someQuery } from '../testing/random-query.js'
import { type AskedText, hostileRead, nodesIn, otherParams } from './hostile-query.js'
import { CANARY, changedSchema, damagedSchema, SCHEMA } from './hostile-schema.js'
import { hostileValue, quoted } from './hostile-value.js'
import { hostileLines, hostileMutation } from './hostile-write.js'
import { judgeAnswer, judgeQueries, judgeSchema, type Stage } from './judge.js'
import type { Target } from './target.js'

type Run = (target: Target, choices: Choices) => Stage | Promise<Stage>

/** A query stops here by itself, before it counts as a hang. */
const DEADLINE_MS = 600

const QUERIES = `
query a($n: String, $i: I32?) @description("d") {
  match { $p: Person { name: $n } $p knows{1,3} $b  $b $e:knows $c  ($e.weight > 3 or $p.age + 1 <= $i)
    optional { $p wrote $o not { $o.done = true } }  exists { $c knows $d } }
  return distinct { $p.name, count($b) as n, avg($e.weight * 2), lower($c.name), [1, 2] }
  order { n desc, $p.name } limit 10 offset 5
}
query b($n: String) { insert Knows { from: $n, to: "x", since: date("2024-01-01") } update Person set { age: 3 } where name = $n }
query c($n: String) { delete Note where text starts_with $n }
`

function ref(target: Target, c: Choices): ReadContext {
  switch (c.below(16)) {
    case 5:
      return { commit: c.of(target.commits) }
    case 6:
      return { branch: c.of(target.branches) }
    case 7:
      return c.rarely(2) ? { branch: hostileString(c) } : { commit: hostileString(c) }
    case 8:
      return c.rarely(3) ? { ifCommit: hostileString(c) } : {}
    case 9:
      return c.rarely(3) ? { branch: c.of(target.branches), commit: c.of(target.commits) } : {}
    default:
      return {}
  }
}

function writeRef(target: Target, c: Choices): WriteContext & { branch: string } {
  const branch = c.rarely(3) ? c.of(target.branches) : 'main'
  if (c.rarely(10))
    return {
      branch,
      message: hostileString(c),
      provenance: { actor: hostileString(c), runId: hostileString(c) },
    }
  return c.rarely(12)
    ? { branch, ifCommit: c.rarely(2) ? hostileString(c) : c.of(target.commits) }
    : { branch }
}

/** A read of the schema in force at a place; where there is none, of that of main. */
function askedRead(target: Target, ctx: ReadContext, c: Choices): AskedText {
  if (target.schema && c.below(3) === 0)
    return {
      text: someQuery(target.schema, c),
      params: { i: c.of([1, 0, null]), t: c.of(['a', '', null]) },
      types: { i: { kind: 'scalar', name: 'I32' }, t: { kind: 'scalar', name: 'String' } },
    }
  const known = ctx.branch !== undefined && target.branches.includes(ctx.branch) ? ctx.branch : 'main'
  return hostileRead(modelAt(target, known), c)
}

/** Of a branch that is still there, else of main. */
function modelAt(target: Target, branch: string) {
  const live = target.graph.branches().some((b) => b.name === branch)
  return target.model(live ? branch : 'main')
}

const numbers = [10, 0, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 1, 2, 2 ** 31]

async function read(target: Target, c: Choices): Promise<Stage> {
  const ctx = ref(target, c)
  const asked = askedRead(target, ctx, c)
  const { text, params } = asked
  if (c.rarely(8)) {
    const query = target.graph.checkedQuery(text, ctx)
    const prepared = target.graph.prepare(query)
    const embedded = await target.graph.embedTexts(query, params, ctx)
    const at = embedded ? { ...ctx, embedded } : ctx
    for (let i = 0; i < 2; i++)
      judgeAnswer(target.lifeline.guard(DEADLINE_MS / 2, () => prepared.all(params, at)))
    return 'ran'
  }
  const stage = answer(target, asked, ctx, c)
  if (ctx.branch === undefined && ctx.commit === undefined) target.asked[c.below(MANY_ASKED)] = asked
  return stage
}

/** Texts that may be asked again. */
const MANY_ASKED = 6

/** A text of before with other parameters: it is compiled already, so these are many. */
function askAgain(target: Target, c: Choices): Stage | Promise<Stage> {
  const known = c.maybe(target.asked.filter((asked) => asked !== undefined))
  if (!known) return read(target, c)
  return answer(target, { ...known, params: otherParams(known.types, c) }, {}, c)
}

function answer(target: Target, { text, params }: AskedText, ctx: ReadContext, c: Choices): Stage {
  const maxRows = c.rarely(30) ? c.of(numbers) : 100
  const deadlineMs = c.rarely(60) ? c.of(numbers) : DEADLINE_MS
  const { columns, rows, rowCount } = target.graph.query(text, params, { ...ctx, maxRows, deadlineMs })
  judgeAnswer(rows)
  if (rowCount !== rows.length) throw new Error(`${rowCount} rows are ${rows.length}`)
  for (const row of rows)
    for (const { name } of columns) if (!Object.hasOwn(row, name)) throw new Error(`a row has no ${name}`)
  return 'ran'
}

/** Strings that would mean something to SQL: they may be bound, and never be part of a statement. */
const TELLING = HOSTILE_STRINGS.filter((text) => text.length > 5 && /['"-]/.test(text))

function explain(target: Target, c: Choices): Stage {
  const ctx = ref(target, c)
  const { text, params } = c.rarely(4) ? hostileMutation(target.model('main'), c) : askedRead(target, ctx, c)
  const { statements } = target.graph.explain(text, params, { ...ctx, deadlineMs: DEADLINE_MS })
  for (const { sql } of statements)
    for (const hostile of TELLING)
      if (sql?.includes(hostile)) throw new Error(`the statement holds ${JSON.stringify(hostile)}: ${sql}`)
  return 'ran'
}

/** After a commit the past must stay as it is from here on. */
function landed(target: Target, commit: { readonly id: string } | null | undefined, c: Choices): Stage {
  if (!commit) return 'ran'
  if (target.commits.length < 30) target.commits.push(commit.id)
  if (c.rarely(8)) target.judgePast(commit.id)
  return 'changed'
}

function mutate(target: Target, c: Choices): Stage {
  const ctx = writeRef(target, c)
  const { text, params } = hostileMutation(modelAt(target, ctx.branch), c)
  const { commit, inserted, updated, deleted } = target.graph.mutate(text, params, ctx)
  if ((commit === null) !== (inserted + updated + deleted === 0)) throw new Error('changes without a commit')
  return landed(target, commit, c)
}

async function load(target: Target, c: Choices): Promise<Stage> {
  const ctx = writeRef(target, c)
  const mode = c.of(['append', 'merge', 'overwrite'] as const)
  const lines = hostileLines(modelAt(target, ctx.branch), c)
  const source = c.rarely(4) ? [Buffer.from(lines.join('\n')).subarray(c.below(3))] : lines
  const { commit } = await target.graph.load(source, { ...ctx, mode })
  return landed(target, commit, c)
}

/** Values and names given by a caller in this process, where no language stands between. */
function transact(target: Target, c: Choices): Stage {
  const ctx = writeRef(target, c)
  const names = nodesIn(modelAt(target, ctx.branch)).map((n) => n.name)
  const asked = c.rarely(3) ? hostileRead(modelAt(target, ctx.branch), c.apart(30)) : null
  const query = asked && target.graph.checkedQuery(asked.text, { branch: ctx.branch })
  const { commit } = target.graph.transact(ctx, (tx) => {
    if (asked && query) judgeAnswer(target.lifeline.guard(DEADLINE_MS, () => tx.all(query, asked.params)))
    const id = c.rarely(2) ? hostileString(c) : 'a'
    const type = c.rarely(12) ? hostileString(c) : c.of(names)
    const data = {
      name: id,
      [c.of(['bio', 'age', '__proto__', 'rowid', 'photo', 'v', 'id'])]: hostileValue(c),
    }
    switch (c.below(6)) {
      case 0:
        return tx.upsertNode(type, data as never)
      case 1:
        return tx.patchNode(type, 'a', data as never)
      case 2:
        return tx.insertEdge('Knows', 'a', id, { note: hostileString(c) })
      case 3:
        return tx.setEdges('Knows', 'a', [
          { to: 'b' },
          { to: id, data: { weight: hostileValue(c) as never } },
        ])
      case 4:
        return tx.deleteNode(type, id)
      default:
        return [tx.node(type, id), tx.edgesTo('Wrote', id), tx.deleteEdge('Knows', id)]
    }
  })
  return landed(target, commit, c)
}

/** What is stored is what was given, to the last unit, whichever way it is read. */
function keep(target: Target, c: Choices): Stage | Promise<Stage> {
  if (target.schema) return read(target, c)
  const name = hostileString(c)
  const bio = hostileString(c)
  const { commit } = target.graph.mutate(
    `query k($bio: String) { insert Person { name: ${quoted(name)}, bio: $bio } }`,
    { bio },
  )
  const ask = (where: string, params: Record<string, unknown>): void => {
    const text = `query r(${Object.keys(params)
      .map((p) => `$${p}: String`)
      .join(', ')}) { match { $p: Person ${where} } return { $p.name as name, $p.bio as bio } }`
    const { rows } = target.graph.query(text, params)
    if (!rows.some((row) => row.name === name && row.bio === bio))
      throw new Error(`${JSON.stringify({ name, bio })} is not found by ${where}`)
  }
  ask('{ name: $name }', { name })
  ask(`{ name: ${quoted(name)} }`, {})
  ask('$p.bio = $bio', { bio })
  ask('$p.bio contains $bio', { bio })
  ask(`$p.bio starts_with ${quoted(bio)}`, {})
  return landed(target, commit, c)
}

function branch(target: Target, c: Choices): Stage {
  const name = c.rarely(3) ? hostileString(c) : c.of(['b1', 'b2', 'feature/x', 'é'])
  if (c.rarely(4)) {
    target.graph.deleteBranch(name)
    return 'changed'
  }
  const from = c.below(3)
  const start =
    from === 0
      ? {}
      : from === 1
        ? { from: c.of([...target.branches, hostileString(c)]) }
        : { fromCommit: c.of([...target.commits, hostileString(c)]) }
  const made = target.graph.createBranch(name, c.rarely(8) ? { ...start, ifCommit: hostileString(c) } : start)
  if (made.name !== name) throw new Error(`the branch is called ${made.name}`)
  if (!target.branches.includes(name)) target.branches.push(name)
  return 'changed'
}

/** Branches diverge by the other steps, which write to them too. */
function merge(target: Target, c: Choices): Stage {
  const [first, ...others] = target.branches
  const source = c.rarely(10) ? hostileString(c) : c.of([...others, first as string])
  const { commit, outcome, dryRun, branchDeleted } = target.graph.merge({
    source,
    target: c.rarely(10) ? hostileString(c) : c.rarely(3) ? c.of(target.branches) : 'main',
    dryRun: c.rarely(3),
    deleteBranch: c.rarely(6),
    ...(c.rarely(8) && { message: hostileString(c) }),
  })
  if (dryRun && commit) throw new Error('a dry run has written')
  if (!dryRun && !commit && outcome !== 'already-up-to-date') throw new Error(`${outcome} without a commit`)
  const stage = landed(target, commit, c)
  return branchDeleted ? 'changed' : stage
}

function newSource(target: Target, on: string, c: Choices): string {
  const { source } = target.graph.schema({ branch: on })
  if (c.rarely(10)) return c.rarely(2) ? soup(c) : damagedSchema(c)
  if (target.schema && c.rarely(2)) {
    const { after, renamed } = someMigration(target.schema, c)
    const canary = source.slice(source.indexOf(`node ${CANARY}`))
    return `${schemaSource(after, renamed)}\n${canary}`
  }
  return changedSchema(source, c)
}

function plan(target: Target, c: Choices): Stage {
  const on = c.rarely(8) ? hostileString(c) : c.of(target.branches)
  const text = newSource(target, modelAt(target, on) ? 'main' : on, c)
  const { supported, diagnostics, steps } = target.graph.planSchema(text, {
    branch: on,
    allowDataLoss: c.rarely(3),
  })
  if (supported === diagnostics.some((d) => d.severity === 'error')) throw new Error('supported, with errors')
  return supported || steps.length > 0 ? 'ran' : 'refused'
}

function migrate(target: Target, c: Choices): Stage {
  const on = c.rarely(3) ? c.of(target.branches) : 'main'
  const text = newSource(target, 'main', c)
  const nodes = checkSchema(text).model?.nodes ?? []
  const canary = nodes.find((n) => n.name === CANARY)
  // The canaries must survive everything but this, which would be what was asked for.
  const isKept = canary?.properties.map((p) => p.name).join() === 'name,word' && canary.key.join() === 'name'
  if (!isKept || nodes.length === 1) return plan(target, c)
  return landed(target, target.graph.applySchema(text, { branch: on, allowDataLoss: c.rarely(3) }), c)
}

/** The other ways to read: whole graphs, histories, differences, feeds, blobs. */
function look(target: Target, c: Choices): Stage {
  const { graph } = target
  const ctx = ref(target, c)
  const some = (): string => (c.rarely(4) ? hostileString(c) : c.of([...target.commits, ...target.branches]))
  const limit = c.rarely(6) ? c.of(numbers) : 5
  const filter = c.rarely(4) ? { types: [hostileString(c)], kinds: ['node' as const] } : {}
  switch (c.below(10)) {
    case 0:
      for (const line of graph.export({ ...ctx, ...(c.rarely(4) && { types: [hostileString(c)] }) }))
        JSON.parse(line)
      break
    case 1:
      judgeAnswer(JSON.parse(JSON.stringify(graph.snapshot(ctx))))
      break
    case 2: {
      const from = { from: some(), to: some(), limit, ...filter }
      const page = graph.diff(from)
      for (const { before, after } of page.changes) judgeAnswer([before, after])
      if (page.nextPageToken !== null) graph.diff({ ...from, pageToken: page.nextPageToken })
      break
    }
    case 3:
      feed(target, { limit, ...filter }, c)
      break
    case 4: {
      const { lines, cursor } = graph.baseline({
        branch: ctx.branch ?? 'main',
        ...(ctx.commit !== undefined && { commit: ctx.commit }),
      })
      for (const line of lines) JSON.parse(line)
      target.cursors.push(cursor)
      break
    }
    case 5:
      graph.commits({
        limit,
        ...(c.rarely(3) && { before: some() }),
        ...(ctx.branch !== undefined && { branch: ctx.branch }),
      })
      break
    case 6:
      for (const { before, after } of graph.changes(some())) judgeAnswer([before, after])
      break
    case 7:
      blob(target, ctx, c)
      break
    case 8:
      graph.commit(some(), ctx.branch === undefined ? {} : { branch: ctx.branch })
      break
    default:
      graph.schema(ctx)
      graph.head(ctx.branch ?? 'main')
  }
  return 'ran'
}

function feed(target: Target, options: object, c: Choices): void {
  const { graph, cursors } = target
  const known = c.maybe(cursors)
  const start = c.of(['beginning', 'now', { after: c.of([...target.commits, hostileString(c)]) }] as const)
  const token = known !== undefined && c.below(2) === 0 ? (c.rarely(3) ? forged(known, c) : known) : undefined
  const page = graph.feed({
    ...options,
    start,
    ...(token !== undefined && { [c.of(['cursor', 'pageToken'])]: token }),
  })
  for (const { changes } of page.blocks) for (const { before, after } of changes) judgeAnswer([before, after])
  for (const next of [page.cursor, page.nextPageToken])
    if (next !== undefined && cursors.length < 20) cursors.push(next)
}

/** A token with other contents: its form is no secret, so anyone can write one. */
function forged(token: string, c: Choices): string {
  if (c.below(3) === 0) return damaged(token, c, 1)
  const content = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  const name = c.of([...Object.keys(content), 'seq', 'place', 'tid', 'id', '__proto__'])
  const value = c.of([
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    null,
    'x',
    "' OR 1=1 --",
    [],
    {},
    { tid: 'x', id: 5 },
    { tid: 1 },
    true,
  ])
  return Buffer.from(JSON.stringify({ ...content, [name]: value })).toString('base64url')
}

function blob(target: Target, ctx: ReadContext, c: Choices): void {
  const cell = {
    entity: c.of(['node', 'edge'] as const),
    type: c.rarely(6) ? hostileString(c) : 'Person',
    id: c.rarely(4) ? hostileString(c) : 'd',
    property: c.rarely(6) ? hostileString(c) : 'photo',
  }
  target.graph.blob(cell, ctx)
  target.graph.readBlob(cell, { start: c.of([0, ...numbers]), end: c.of([3, ...numbers]) }, ctx)
}

function maintain(target: Target, c: Choices): Stage {
  switch (c.below(3)) {
    case 0:
      target.graph.optimize()
      break
    case 1:
      target.graph.repair()
      break
    default:
      target.graph.cleanup({ [c.of(['keep', 'olderThanMs'])]: c.of(numbers), dryRun: c.rarely(3) })
  }
  return 'ran'
}

function create(target: Target, c: Choices): Stage {
  const text = c.below(2) === 0 ? changedSchema(target.graph.schema().source, c) : damagedSchema(c)
  const graph = Graph.create(`${target.root}-made`, { schema: text })
  try {
    judgeAnswer(graph.query('query q() { match { $x: Canary } return { $x } }').rows)
  } finally {
    graph.close()
  }
  return 'ran'
}

export interface StepRule {
  /** How often among all. */
  readonly weight: number
  /** What must be as it was unless it says that it changed something. */
  readonly keeps: 'file' | 'content'
  readonly run: Run
}

export const STEPS: Readonly<Record<string, StepRule>> = {
  'check-schema': {
    weight: 14,
    keeps: 'file',
    run: (_: Target, c: Choices) => {
      const form = c.below(3)
      return judgeSchema(form === 0 ? soup(c) : form === 1 ? damagedSchema(c) : changedSchema(SCHEMA, c))
    },
  },
  'check-queries': {
    weight: 14,
    keeps: 'file',
    run: (target: Target, c: Choices) => {
      const model = target.model('main')
      const harm = c.apart(18)
      const form = c.below(3)
      const text =
        form === 0 ? soup(c) : form === 1 ? damaged(QUERIES, c) : damaged(hostileRead(model, c).text, harm)
      return judgeQueries(text, model)
    },
  },
  read: { weight: 25, keeps: 'file', run: read },
  'ask-again': { weight: 70, keeps: 'file', run: askAgain },
  explain: { weight: 1.5, keeps: 'file', run: explain },
  look: { weight: 6, keeps: 'file', run: look },
  mutate: { weight: 6, keeps: 'file', run: mutate },
  load: { weight: 2.5, keeps: 'file', run: load },
  transact: { weight: 2, keeps: 'file', run: transact },
  keep: { weight: 1, keeps: 'file', run: keep },
  branch: { weight: 2, keeps: 'file', run: branch },
  merge: { weight: 1.5, keeps: 'file', run: merge },
  plan: { weight: 1, keeps: 'file', run: plan },
  migrate: { weight: 0.6, keeps: 'content', run: migrate },
  maintain: { weight: 0.2, keeps: 'content', run: maintain },
  create: { weight: 0.1, keeps: 'file', run: create },
}
