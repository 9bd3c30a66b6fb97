import { expect, it } from 'vitest'
import { bench } from '../testing/shop.js'
import { checkSource } from './check-source.js'

it('a set of assertions with mistakes runs nothing and names each', async () => {
  const b = bench()
  try {
    const before = b.graph.head().id
    const source = { name: 'shop', url: '/nowhere.db', platformInstance: 'shop' }
    const set = { name: 'shop', source: 'version: 1\nassertions: { a: { type: nonsense } }\n' }
    const refused = await checkSource(b.catalog, source as never, set as never).catch((error) => error)
    expect(refused).toMatchObject({ code: 'assertions_invalid', kind: 'invalid' })
    expect(refused.diagnostics.length).toBeGreaterThan(0)
    expect(b.graph.head().id).toBe(before)
  } finally {
    b.close()
  }
})
