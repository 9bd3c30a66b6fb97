import { expect, it } from 'vitest'
import { inTurns } from './stepped-read.js'

/** Work without an end, and what became of it. */
function endless() {
  const work = { steps: 0, ended: false }
  function* steps(): Generator<undefined, never, undefined> {
    try {
      for (;;) {
        work.steps++
        yield
      }
    } finally {
      work.ended = true
    }
  }
  return { work, steps: steps() }
}

it('what its steps come to is the answer, also when that is a failure', async () => {
  function* steps(fails: boolean): Generator<undefined, number, undefined> {
    yield
    if (fails) throw new Error('no')
    return 7
  }
  expect(await inTurns(steps(false), { deadlineMs: 1000 })).toBe(7)
  await expect(inTurns(steps(true), { deadlineMs: 1000 })).rejects.toThrow('no')
})

it('a read whose caller leaves ends, and nothing of it goes on', async () => {
  const { work, steps } = endless()
  const caller = new AbortController()
  const answer = inTurns(steps, { deadlineMs: 60_000, signal: caller.signal })
  setImmediate(() => caller.abort())
  await expect(answer).rejects.toMatchObject({ code: 'query_cancelled', kind: 'deadline' })
  expect(work.ended).toBe(true)
  const before = work.steps
  await new Promise((turn) => setImmediate(turn))
  expect(work.steps).toBe(before)
})

it('a read that takes longer than it may ends with what to do about it', async () => {
  const { work, steps } = endless()
  await expect(inTurns(steps, { deadlineMs: 1 })).rejects.toMatchObject({
    code: 'query_deadline_exceeded',
    remedy: expect.stringMatching(/hops/),
  })
  expect(work.ended).toBe(true)
})

it('others have their turn between two slices, however many reads there are', async () => {
  const caller = new AbortController()
  const reads = [endless(), endless(), endless()]
  const answers = reads.map(({ steps }) => inTurns(steps, { deadlineMs: 60_000, signal: caller.signal }))
  const first = reads.map(({ work }) => work.steps)
  const moved: number[] = []
  for (let turn = 0; turn < 6; turn++) {
    await new Promise((next) => setImmediate(next))
    moved.push(reads.filter(({ work }, i) => work.steps > (first[i] as number)).length)
    for (const [i, { work }] of reads.entries()) first[i] = work.steps
  }
  caller.abort()
  await Promise.allSettled(answers)
  expect(Math.max(...moved)).toBe(1)
  expect(moved.filter((n) => n === 1).length).toBeGreaterThan(2)
})
