import { expect, test } from 'vitest'
import { branchesPlaceOf, fragmentOfBranch, fragmentOfBranches } from './branch-route'

test('what an address is made of is read from it again, slashes of a branch included', () => {
  expect(branchesPlaceOf(fragmentOfBranches())).toEqual({ graph: null, branch: null })
  expect(branchesPlaceOf(fragmentOfBranches('team'))).toEqual({ graph: 'team', branch: null })
  for (const branch of ['proposal/01abc', 'a b/ü?#%', 'x'])
    expect(branchesPlaceOf(fragmentOfBranch('catalog', branch))).toEqual({ graph: 'catalog', branch })
})

test('other addresses are no page of branches', () => {
  for (const fragment of ['', '#/', '#/catalog', '#/branchesx', '#/runs/01'])
    expect(branchesPlaceOf(fragment)).toBe(null)
})
