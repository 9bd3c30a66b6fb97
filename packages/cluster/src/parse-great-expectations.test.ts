import { expect, it } from 'vitest'
import { parseConfig } from './parse-config.js'

const source = (more: string) =>
  `version: 1\nmetadata: { name: brain }\ngraphs: { c: { kind: catalog } }\nsources:\n  q:\n    kind: great_expectations\n    graph: c\n    url: gx\n${more}`
const findings = (text: string) =>
  parseConfig(text).diagnostics.map((d) => `${d.code} ${d.range?.start.line}:${d.range?.start.column}`)

it('validation results name the platform of their tables, and of PostgreSQL the database too', () => {
  const { config, diagnostics } = parseConfig(
    source('    target_platform: postgres\n    target_platform_instance: shop\n    target_database: db\n'),
  )
  expect(diagnostics).toEqual([])
  expect(config?.sources[0]).toMatchObject({
    kind: 'great_expectations',
    targetPlatform: 'postgres',
    targetPlatformInstance: 'shop',
    targetDatabase: 'db',
  })
  expect(findings(source('    target_platform: sqlite\n'))).toEqual([])
})

it.each([
  ['', 'invalid_cluster_yaml 5:3'],
  ['    target_platform: postgres\n', 'invalid_cluster_yaml 5:3'],
  ['    target_platform: sqlite\n    health: SELECT 1\n', 'invalid_cluster_yaml 10:5'],
  ['    target_platform: sqlite\n    password: ${P}\n', 'invalid_cluster_yaml 10:5'],
])('a declaration of them is refused where it stands: %j', (more, finding) => {
  expect(findings(source(more))).toEqual([finding])
})

it('another kind of source has no such keys', () => {
  const text = source('    target_platform: sqlite\n').replace('great_expectations', 'sqlite')
  expect(findings(text)).toEqual(['invalid_cluster_yaml 9:5'])
})
