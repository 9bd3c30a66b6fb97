import { beforeEach, describe, expect, it } from 'vitest'
import type { AuthorizationRequest } from './authorization-request.js'
import { type DecisionEntry, DecisionLog } from './decision-log.js'
import type { Decided } from './decision-memo.js'

const request: AuthorizationRequest = {
  action: 'change',
  graph: 'g',
  branch: 'main',
  principal: { actor: 'ada', tenant: 'default', roles: ['secret-role'] },
}
const decision = {
  allowed: false,
  rule: 'base/main-is-closed',
  reason: 'Rule base/main-is-closed denies change.',
}
const denied: Decided = { request, decision }
const on = (branch: string): Decided => ({ request: { ...request, branch }, decision })

let nowMs = 0
let lines: DecisionEntry[] = []
let dropped: number[] = []
let log: DecisionLog
beforeEach(() => {
  nowMs = 1_000_000
  lines = []
  dropped = []
  log = new DecisionLog({
    clock: () => nowMs,
    write: (entry) => lines.push(entry),
    onDropped: (count) => dropped.push(count),
    windowMs: 60_000,
    maxLines: 5,
  })
})

describe('the log of decisions', () => {
  it('tells who wanted what and which rule decided, and nothing else of the caller', () => {
    log.record(denied)
    expect(lines).toEqual([{ actor: 'ada', action: 'change', graph: 'g', branch: 'main', ...decision }])
  })

  it('tells the same decision once a minute, with how often it was made', () => {
    for (let i = 0; i < 1000; i++) log.record(denied)
    expect(lines).toHaveLength(1)
    nowMs += 60_000
    log.record(denied)
    expect(lines[1]).toMatchObject({ repeated: 999 })
    log.record(denied)
    log.flush()
    expect(lines[2]).toMatchObject({ repeated: 1 })
    log.flush()
    expect(lines).toHaveLength(3)
    log.record(denied)
    expect(lines[3]).toEqual(lines[0])
  })

  it('has a ceiling on lines, and says how many decisions it left out', () => {
    for (let i = 0; i < 12; i++) log.record(on(`made-up-${i}`))
    expect([lines.length, dropped]).toEqual([5, []])
    nowMs += 60_000
    log.record(denied)
    expect([lines.length, dropped]).toEqual([6, [7]])
  })

  it('remembers a bounded number of decisions and loses no count when it forgets one', () => {
    const roomy = new DecisionLog({
      clock: () => nowMs,
      write: (entry) => lines.push(entry),
      onDropped: (count) => dropped.push(count),
      maxLines: 1_000_000,
    })
    roomy.record(denied)
    roomy.record(denied)
    for (let i = 0; i < 2000; i++) roomy.record(on(`b${i}`))
    expect(lines.filter(({ repeated }) => repeated !== undefined)).toMatchObject([
      { branch: 'main', repeated: 1 },
    ])
    roomy.record(denied)
    expect(lines.filter(({ branch }) => branch === 'main')).toHaveLength(3)
    expect(lines.at(-1)).toMatchObject({ branch: 'main' })
  })

  it('cuts a name that would make a long line', () => {
    log.record(on('x'.repeat(100_000)))
    expect(lines[0]?.branch).toHaveLength(201)
  })
})
