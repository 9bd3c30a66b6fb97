import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from './parse-config.js'
import { validateCluster } from './validate.js'

const HEAD = `version: 1
metadata: { name: brain }
graphs: { c: { kind: catalog }, d: { kind: catalog } }
sources:
  shop: { kind: sqlite, graph: c, url: s.db }
  other: { kind: sqlite, graph: d, url: o.db }
  models: { kind: dbt, graph: c, url: target }
publish:
  hub:
`
const target = (more: string) => `${HEAD}    graph: c\n${more}`
const findings = (text: string) =>
  parseConfig(text).diagnostics.map((d) => `${d.code} ${d.range?.start.line}:${d.range?.start.column}`)

describe('a publish target', () => {
  it('is a catalog, an address, where a token is, whose health counts, and when', () => {
    const { config, diagnostics } = parseConfig(
      target(
        '    url: https://hub.example/api/gms/\n    token: ${HUB}\n    require_healthy: [shop]\n    schedule: "5 * * * *"\n',
      ),
    )
    expect(diagnostics).toEqual([])
    expect(config?.publish).toMatchObject([
      {
        name: 'hub',
        graph: { value: 'c' },
        url: 'https://hub.example/api/gms',
        token: '${HUB}',
        plainHttp: false,
        requireHealthy: [{ value: 'shop' }],
        schedule: { cron: '5 * * * *', timezone: 'UTC' },
      },
    ])
    for (const plain of ['url: http://127.0.0.1:8080', 'url: http://hub.example\n    plain_http: true'])
      expect(findings(target(`    ${plain}\n    token: \${HUB}\n`))).toEqual([])
  })

  it.each([
    ['', 'invalid_cluster_yaml 9:3'],
    ['    url: hub.example\n', 'invalid_publish_url 11:10'],
    ['    url: https://u:hunter2@hub.example\n', 'invalid_publish_url 11:10'],
    ['    url: https://hub.example?token=hunter2\n', 'invalid_publish_url 11:10'],
    ['    url: https://hub.example\n    token: hunter2\n', 'publish_token_inline 12:12'],
    ['    url: http://hub.example\n    token: ${HUB}\n', 'publish_token_without_tls 11:10'],
    ['    url: https://hub.example\n    schedule: hourly\n', 'invalid_schedule 12:15'],
    ['    url: https://hub.example\n    timezone: UTC\n', 'invalid_timezone 12:5'],
    ['    url: https://hub.example\n    plain_http: maybe\n', 'invalid_cluster_yaml 12:17'],
    ['    url: https://hub.example\n    branch: x\n', 'invalid_cluster_yaml 12:5'],
    [
      '    url: https://hub.example\n  too: { graph: graph.c, url: "https://hub.example/" }\n',
      'duplicate_publish_target 12:3',
    ],
  ])('is refused where it stands, and no secret is repeated: %j', (more, finding) => {
    expect(findings(target(more))).toEqual([finding])
    expect(JSON.stringify(parseConfig(target(more)).diagnostics)).not.toContain('hunter2')
  })

  it.each([
    ['graph: nobody', 'dangling_graph_reference'],
    ['graph: c\n    require_healthy: [nobody]', 'dangling_source_reference'],
    ['graph: c\n    require_healthy: [other]', 'wrong_kind_reference'],
    ['graph: c\n    require_healthy: [models]', 'wrong_kind_reference'],
  ])('names what there is: %j', async (more, code) => {
    const dir = mkdtempSync(join(tmpdir(), 'publish-'))
    try {
      writeFileSync(join(dir, 'cluster.yaml'), `${HEAD}    url: https://hub.example\n    ${more}\n`)
      const { diagnostics } = await validateCluster(dir, {
        extensions: {
          catalogSchema: 'node A {\n  k: String @key\n}\n',
          catalogQueries: {},
          checkAssertions: () => [],
          checkMetadata: () => [],
        },
      })
      expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.code)).toEqual([code])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
