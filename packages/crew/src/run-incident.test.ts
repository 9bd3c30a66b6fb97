import { incidentEvent, incidentReport } from '@groundplane/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runLineage } from './report/run-lineage.js'
import { openSmallShop, type SmallShop, shopUrn } from './testing/small-shop.js'

let shop: SmallShop
beforeAll(async () => {
  shop = await openSmallShop()
})
afterAll(() => shop.close())

describe('a run', () => {
  test('finds the cause upstream, raises an incident on it, and shows failures of both sides as old', async () => {
    const { report } = await shop.run('turnover cockpit is wrong')
    expect(report.affected).toEqual([shopUrn('v_turnover')])
    expect(report.suspects[0]?.urn).toBe(shopUrn('buyers'))
    expect(report.suspects.find((s) => s.urn === shopUrn('purchases'))?.why).toContain(
      'the reference fails the same way',
    )
    expect(Object.fromEntries(report.checks.map((c) => [c.assertion, c.verdict]))).toEqual({
      buyers_row_count: 'production-only',
      purchase_price_positive: 'both-fail',
      purchase_id_unique: 'both-pass',
      refunds_some: 'missing',
    })
    expect(report.incidents).toHaveLength(1)
    const { incidents } = shop.catalog.listIncidents({ urn: shopUrn('buyers') })
    expect(incidents[0]).toMatchObject({
      urn: report.incidents[0],
      state: 'ACTIVE',
      priority: 'CRITICAL',
      runId: report.runId,
    })
  })

  test('again adds no commit but its own start and end, and names the open incident', async () => {
    const first = await shop.run('turnover cockpit is wrong')
    const before = shop.graph.commits({ limit: 100 }).length
    const second = await shop.run('turnover cockpit is wrong')
    expect(shop.graph.commits({ limit: 100 }).length - before).toBe(2)
    expect(second.report.incidents).toEqual(first.report.incidents)
    expect(second.events.some((e) => e.type === 'incident.raised')).toBe(false)
    expect(second.report.report).toContain('was open already')
  })

  test('tells events in order, from 1 without gaps, and records the same with the run', async () => {
    const { report, events } = await shop.run('buyers are missing')
    expect(events.map((e) => e.id)).toEqual(events.map((_, i) => i + 1))
    expect(events[0]?.type).toBe('run.started')
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', data: { report: { runId: report.runId } } })
    const record = shop.catalog.getRun(report.runId)
    expect(record.status).toBe('finished')
    expect(record.events).toEqual(JSON.parse(JSON.stringify(events)))
    expect(record.report).toEqual(JSON.parse(JSON.stringify(report)))
  })

  test('gives a report and events that are exactly what the schemas of the wire describe', async () => {
    for (const sentence of ['turnover cockpit is wrong', 'the coffee machine leaks']) {
      const { report, events } = await shop.run(sentence)
      expect(incidentReport.parse(report)).toEqual(report)
      for (const event of events) expect(incidentEvent.parse(event)).toEqual(event)
    }
  })

  test('lets Detective and Reality-Checker work at the same time', async () => {
    const { events } = await shop.run('turnover cockpit is wrong')
    const tools = events.filter((e) => e.type === 'tool.called').map((e) => e.role)
    const firstOfChecker = tools.indexOf('reality-checker')
    expect(tools.slice(0, firstOfChecker)).toContain('detective')
    expect(tools.slice(firstOfChecker)).toContain('detective')
  })

  test('costs nothing and names every role once', async () => {
    const { report } = await shop.run('turnover cockpit is wrong')
    expect(report.roles.map((r) => [r.role, r.mode, r.tokens, r.costUsd])).toEqual([
      ['coordinator', 'rules', 0, 0],
      ['detective', 'rules', 0, 0],
      ['reality-checker', 'rules', 0, 0],
      ['fixer', 'rules', 0, 0],
    ])
  })

  test('says the same about the same commit and sentence', async () => {
    const strip = (text: string) => text.replace(/01[0-9A-Z]{24}|\d+ ms|20\d\d-[\dT:.-]+Z/g, '')
    const first = await shop.run('buyers are missing')
    const second = await shop.run('buyers are missing')
    expect(strip(second.report.report)).toBe(strip(first.report.report))
    expect(second.report.suspects).toEqual(first.report.suspects)
  })
})

describe('a sentence', () => {
  test('about nothing in the catalog finds nothing, guesses nothing and raises nothing', async () => {
    const { report, events } = await shop.run('the coffee machine is broken')
    expect(report).toMatchObject({ affected: [], suspects: [], checks: [], incidents: [] })
    expect(report.report).toContain('Nothing found')
    expect(events.some((e) => e.type === 'incident.raised' || e.role === 'fixer')).toBe(false)
  })

  test('about what fails in the reference as well says so, and names the check', async () => {
    const { report } = await shop.run('purchase price negative')
    expect(report).toMatchObject({ causes: [], incidents: [] })
    expect(report.report).toContain('What does fail there is not known to be new.')
    expect(report.report).toContain(
      '`purchase_price_positive` fails on `purchases.price`: 1 of 4 rows in production, and 1 in the reference, so it is not new; the sentence names `price` and it fits "negative": it may be what the sentence describes.',
    )
    expect(report.report).not.toContain('Either the data is right')
  })

  test('is answered with every check counted: those that fail on both sides and those that could not run, too', async () => {
    const { report, events } = await shop.run('turnover cockpit is wrong')
    expect(report.report).toContain(
      '4 checks compared: 1 fails in production only, 1 fails on both, 1 could not be run and 1 passes on both.',
    )
    expect(report.report).toContain(
      '1 check cannot be relied on: `refunds_some` could not be run on either side (there is no table or view "refunds")',
    )
    expect(report.report).toContain(
      '| refunds_some | `refunds` | **could not run** | **could not run** | **missing** (elsewhere) |',
    )
    expect(report.checks.find((c) => c.assertion === 'refunds_some')).toMatchObject({
      verdict: 'missing',
      reference: { result: 'ERROR', stale: false },
      production: { result: 'ERROR', message: 'there is no table or view "refunds".' },
    })
    expect(
      events.some((e) => e.type === 'role.finished' && e.data.summary.includes('1 could not be run')),
    ).toBe(true)
  })

  test('gets a picture in which only what assertions vouch for is healthy', async () => {
    const statuses = async (sentence: string) => {
      const { report } = await shop.run(sentence)
      const { nodes } = runLineage(shop.catalog, report, {})
      return Object.fromEntries(nodes.map((n) => [n.name, [n.status, n.failing]]))
    }
    expect(await statuses('turnover cockpit is wrong')).toEqual({
      buyers: ['culprit', 1],
      purchases: ['failing', 1],
      v_turnover: ['affected', 0],
    })
    const { report } = await shop.run('turnover cockpit is wrong')
    const watchedBy = (checks: typeof report.checks) =>
      runLineage(shop.catalog, { ...report, causes: [], checks }, {}).nodes.find(
        (n) => n.name === 'purchases',
      )?.status
    const unique = report.checks.filter((c) => c.assertion === 'purchase_id_unique')
    expect(watchedBy(unique)).toBe('healthy')
    expect(watchedBy([])).toBe('unwatched')
    const unrun = unique.map((c) => ({ ...c, production: { ...c.production, result: 'ERROR' as const } }))
    expect(watchedBy([...unique, ...unrun])).toBe('unwatched')
  })

  test('about sound data names no cause', async () => {
    const { report } = await shop.run('forklifts look wrong')
    expect(report.affected).toEqual([shopUrn('forklifts')])
    expect(report.incidents).toEqual([])
    expect(report.report).toContain('Either the data is right, or no assertion watches what is wrong')
  })

  test('that is empty, or endless, is refused before a run exists', async () => {
    const before = shop.graph.head().id
    await expect(shop.run('  ?! ')).rejects.toMatchObject({
      code: 'sentence_empty',
      remedy: expect.any(String),
    })
    await expect(shop.run('x'.repeat(2001))).rejects.toMatchObject({ code: 'sentence_too_long' })
    expect(shop.graph.head().id).toBe(before)
  })

  test('cannot write markup, headings or links into the report', async () => {
    const { report } = await shop.run('turnover <img src=x> [click](http://evil) # `rm` | cockpit wrong')
    expect(report.report).not.toMatch(/(?<!\\)<img/)
    expect(report.report).not.toMatch(/(?<!\\)\[click/)
    expect(report.report.split('\n')[0]).toMatch(/^# turnover \\<img/)
  })
})

test('a listener that throws is left alone, and the run ends as it would', async () => {
  let heard = 0
  const { report } = await shop.run('turnover cockpit is wrong', {
    onEvent() {
      heard++
      throw new Error('gone')
    },
  })
  expect(heard).toBe(1)
  expect(shop.catalog.getRun(report.runId).status).toBe('finished')
})

describe('a run that cannot be done', () => {
  test('on an instance nobody harvested, or on one instance twice, is refused before it exists', async () => {
    const before = shop.graph.head().id
    await expect(shop.run('turnover', { production: 'nowhere' })).rejects.toMatchObject({
      code: 'instance_not_found',
    })
    await expect(shop.run('turnover', { production: 'shop_good' })).rejects.toMatchObject({
      code: 'instances_equal',
    })
    expect(shop.graph.head().id).toBe(before)
  })

  test('because it was cancelled ends as failed, on record and told', async () => {
    const stop = new AbortController()
    const events: { type: string; runId: string }[] = []
    const run = shop.run('turnover cockpit is wrong', {
      signal: stop.signal,
      onEvent(event) {
        events.push(event)
        if (event.type === 'tool.result') stop.abort()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'run_cancelled' })
    expect(events.at(-1)).toMatchObject({ type: 'run.failed', data: { error: { code: 'run_cancelled' } } })
    expect(shop.catalog.getRun(events[0]?.runId ?? '')).toMatchObject({
      status: 'failed',
      error: { code: 'run_cancelled' },
    })
  })
})
