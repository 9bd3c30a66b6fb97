import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { GraphError } from '../error.js'
import { CANARY } from './hostile-schema.js'
import type { Stage } from './judge.js'
import { runSession, session } from './session.js'
import { STEPS, type StepRule } from './steps.js'
import { Tally } from './tally.js'
import { makeTemplates, type Target } from './target.js'

const dir = mkdtempSync(join(tmpdir(), 'groundplane-fuzz-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const templates = makeTemplates((name) => join(dir, name), 2)
let made = 0
const range = (tally = new Tally(), rules = STEPS) => ({
  templates,
  tally,
  rules,
  path: () => join(dir, `g${made++}.gp`),
})

/** A session of one input that behaves as a broken product would. */
const broken = (run: StepRule['run'], maxMs = 1000) => {
  const rules = { broken: { weight: 1, keeps: 'file' as const, run } }
  const one = { start: 0, steps: [{ kind: 'broken', numbers: [] }] }
  return runSession({ ...range(new Tally(), rules), maxMs }, one)
}

const refusal = (kind: 'invalid' | 'internal', code: 'query_invalid', remedy?: string) => (): never => {
  throw new GraphError(kind, code, 'No.', remedy === undefined ? {} : { remedy })
}
/** Writes, and ends as it is told to. */
const writing =
  (then: () => Stage) =>
  (target: Target): Stage => {
    target.graph.transact({}, (tx) => tx.upsertNode('Note', { text: 'x' }))
    return then()
  }
const deleteCanary = (target: Target): Stage => {
  target.graph.mutate(`query q() { delete ${CANARY} where name = "canary 3" }`)
  return 'changed'
}
const behind = (target: Target, sql: string): Stage => {
  const db = new Database(`${target.root}/graph.db`)
  db.exec(sql)
  db.close()
  return 'changed'
}
const busy = (): Stage => {
  for (const since = process.cpuUsage(); ; ) {
    const { user, system } = process.cpuUsage(since)
    if (user + system > 200_000) return 'ran'
  }
}

it('lets pass what is answered, refused with words, or one commit', async () => {
  await broken(() => 'ran')
  await broken(refusal('invalid', 'query_invalid', 'Correct it.'))
  await broken(writing(() => 'changed'))
})

it.each<[string, (target: Target) => Stage, RegExp]>([
  ['an error without a code', () => JSON.parse('{'), /JSON/],
  ['a bug of ours, though it has a code', refusal('internal', 'query_invalid', 'Wait.'), /No\./],
  ['a refusal without a remedy', refusal('invalid', 'query_invalid'), /no words/],
  ['a refusal that has written', writing(refusal('invalid', 'query_invalid', 'Do.')), /written to/],
  ['a read that has written', writing(() => 'ran'), /written to/],
  ['a commit that is none', () => 'changed', /not written to/],
  ['too long a time', busy, /busy/],
  ['a canary lost', deleteCanary, /canaries/],
  ['a table dropped', (t) => behind(t, 'DROP TABLE outside'), /no such table/],
  ['rows of another table changed', (t) => behind(t, "UPDATE outside SET word = 'x'"), /outside holds/],
  ['a past that has changed', (t) => changedPast(t), /reads otherwise/],
  ['an index gone', (t) => behind(t, dropIndex(t)), /repair finds/],
  ['members given to every object', () => polluted(), /every object has/],
])('finds %s', async (_, run, message) => {
  try {
    await expect(broken(run, run === busy ? 100 : 1000)).rejects.toThrow(message)
  } finally {
    Reflect.deleteProperty(Object.prototype, 'polluted')
  }
})

function changedPast(target: Target): Stage {
  target.judgePast(target.commits[0] as string)
  const db = new Database(`${target.root}/graph.db`)
  const table = db
    .prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'node_Note%' AND type = 'table'")
    .pluck()
  db.exec(`UPDATE "${table.get()}" SET p_text = 'other'`)
  db.close()
  return 'changed'
}

function dropIndex(target: Target): string {
  const db = new Database(`${target.root}/graph.db`, { readonly: true })
  const name = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'ix:%'")
    .pluck()
    .get()
  db.close()
  return `DROP INDEX "${name}"`
}

function polluted(): Stage {
  Object.defineProperty(Object.prototype, 'polluted', {
    value: 1,
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return 'ran'
}

it('leads some sessions, always the same ones, to their end, and most of their inputs to execution', async () => {
  const tally = new Tally()
  for (const one of fc.sample(session, { numRuns: 8, seed: 11 })) await runSession(range(tally), one)
  expect(tally.total).toBeGreaterThan(200)
  expect(tally.share('executed')).toBeGreaterThan(0.5)
}, 120_000)

it('tells when too few inputs came far', () => {
  const tally = new Tally()
  for (let i = 0; i < 90; i++) tally.note('check-queries', 'checked')
  for (let i = 0; i < 10; i++) tally.note('read', 'refused')
  expect(tally.shortfalls).toEqual(['executed: 0.0 % of 55 %', 'changed: 0.0 % of 2 %'])
})

it('repeats a session exactly', async () => {
  const [one] = fc.sample(session, { numRuns: 1, seed: 5 })
  const counts = await Promise.all(
    [new Tally(), new Tally()].map(async (tally) => {
      await runSession(range(tally), one as never)
      return tally.report()
    }),
  )
  expect(counts[0]).toBe(counts[1])
})
