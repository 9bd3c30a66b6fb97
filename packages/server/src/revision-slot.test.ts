import { expect, it } from 'vitest'
import { RevisionSlot } from './revision-slot.js'
import type { ServedRevision } from './served-revision.js'

function revision(revision: number, closed: number[]): ServedRevision {
  return {
    name: 'c',
    revision,
    schedules: [],
    sources: [],
    assertionSets: [],
    graphs: new Map(),
    quarantined: [],
    async close() {
      closed.push(revision)
    },
  }
}

it('a revision is closed when the last lease that could know it is gone, and not before', () => {
  const closed: number[] = []
  const slot = new RevisionSlot(revision(1, closed), () => {})
  const one = slot.lease()
  const alsoOne = slot.lease()
  slot.replace(revision(2, closed))
  const two = slot.lease()
  slot.replace(revision(3, closed))
  expect(slot.current.revision).toBe(3)
  two()
  expect(closed).toEqual([]) // a lease of the first may use the second too
  one()
  one()
  expect(closed).toEqual([])
  alsoOne()
  expect(closed).toEqual([1, 2])
})

it('a revision that nobody uses is closed as it is replaced, and closing the slot closes the rest', async () => {
  const closed: number[] = []
  const slot = new RevisionSlot(revision(1, closed), () => {})
  slot.replace(revision(2, closed))
  expect(closed).toEqual([1])
  slot.lease()
  slot.replace(revision(3, closed))
  await slot.close()
  expect(closed).toEqual([1, 2, 3])
})
