import { expect, test } from 'vitest'
import { fragmentOfRun, runOfFragment } from './run-route'

test('a run and its address name each other', () => {
  expect(runOfFragment(fragmentOfRun('01KQ5M2W8ZJ4T6V9XBCDEFGHJK'))).toBe('01KQ5M2W8ZJ4T6V9XBCDEFGHJK')
})

test('any other fragment names no run', () => {
  for (const other of ['', '#', '#/runs/', '#/runs/a/b', '#token=x', '#/runs/a<b'])
    expect(runOfFragment(other)).toBeNull()
})
