import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Catalog } from './catalog.js'
import { aspect, type Bench, bench, check, lateOrders, shop, table } from './testing/shop.js'
import { TOOL_QUESTIONS } from './testing/tool-questions.js'
import { callTool, type ToolContext, type ToolName } from './tool-call.js'

let b: Bench
beforeAll(() => {
  b = bench()
  b.catalog.ingest([...shop('clean'), ...shop('dirty'), ...lateOrders()])
  b.catalog.recordAssertions(check('clean', 'f1'))
  b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 7 }))
  b.catalog.raiseIncident({ datasets: [table('dirty', 'customers')], title: 'Mails are missing' })
})
afterAll(() => b.close())

describe.each(Object.entries(TOOL_QUESTIONS) as [ToolName, readonly object[]][])(
  'the tool %s',
  (name, questions) => {
    const ask = (catalog: Catalog, context: ToolContext) =>
      questions.map((args) => JSON.stringify(callTool(catalog, name, args as never, context)))

    it('gives the same bytes for the same question at the same commit, also to another process and later', () => {
      const first = ask(b.catalog, { at: {} })
      expect(ask(b.catalog, { at: {} })).toEqual(first)
      expect(ask(new Catalog(b.graph), { at: {} })).toEqual(first)
      const commit = b.graph.head().id
      expect(ask(new Catalog(b.graph), { at: { commit } })).toEqual(first)
      b.tick(86_400_000)
      b.catalog.ingest([
        aspect(table('clean', 'orders'), 'datasetProperties', { name: 'orders', description: name }),
        aspect(table('other', name), 'datasetProperties', { name: 'orders revenue customers' }),
      ])
      expect(ask(b.catalog, { at: { commit } })).toEqual(first)
      for (const text of first) expect(JSON.parse(text).receipt.commit).toBe(commit)
    })

    it('gives no answer about a branch or a commit that is not there', () => {
      for (const args of questions)
        for (const at of [{ branch: 'nope' }, { commit: '01KAH000000000000000000000' }])
          expect(() => callTool(b.catalog, name, args as never, { at })).toThrow(
            /There is no (branch|commit)/,
          )
    })
  },
)
