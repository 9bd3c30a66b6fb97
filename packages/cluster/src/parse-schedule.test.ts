import { describe, expect, it } from 'vitest'
import { parseConfig } from './parse-config.js'

const HEAD = 'version: 1\nmetadata: { name: brain }\ngraphs: { c: { kind: catalog } }\n'
const source = (more: string) =>
  `${HEAD}sources:\n  shop:\n    kind: sqlite\n    graph: c\n    url: s.db\n${more}`
const findings = (text: string) =>
  parseConfig(text).diagnostics.map((d) => `${d.code} ${d.range?.start.line}:${d.range?.start.column}`)

describe('the schedule of a source and of a set of assertions', () => {
  it('is five fields of cron and a time zone, UTC unless another is named', () => {
    const text = source('    schedule: "15  *  * * *"\n    health: SELECT 1\n')
    const more = `assertions:\n  base: { file: a.yaml, graph: c, sources: [shop], schedule: "0 6 * * MON-FRI", timezone: Europe/Berlin }\n`
    const { config } = parseConfig(text + more)
    expect(config?.sources[0]).toMatchObject({
      schedule: { cron: '15 * * * *', timezone: 'UTC' },
      health: 'SELECT 1',
    })
    expect(config?.assertions[0]?.schedule).toEqual({ cron: '0 6 * * MON-FRI', timezone: 'Europe/Berlin' })
  })

  it.each([
    ['    schedule: "@daily"\n', 'invalid_schedule 9:15'],
    ['    schedule: 15\n', 'invalid_cluster_yaml 9:15'],
    ['    schedule: "0 0 31 2 *"\n', 'invalid_schedule 9:15'],
    ['    schedule: "0 0 * * *"\n    timezone: Mars/Base\n', 'invalid_timezone 10:15'],
    ['    timezone: UTC\n', 'invalid_timezone 9:5'],
    ['    health: DELETE FROM orders\n', 'invalid_source_health 9:13'],
    ['    health: SELECT 1; SELECT 0\n', 'invalid_source_health 9:13'],
    ['    health: "-- later"\n', 'invalid_source_health 9:13'],
    ['    health: WITH gone AS (SELECT 1) DELETE FROM orders\n', 'invalid_source_health 9:13'],
    ['    health: true\n', 'invalid_cluster_yaml 9:13'],
  ])('is refused where it stands: %j', (more, finding) => {
    expect(findings(source(more))).toEqual([finding])
  })
})
