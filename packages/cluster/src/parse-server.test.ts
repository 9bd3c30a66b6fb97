import { describe, expect, it } from 'vitest'
import { parseConfig } from './parse-config.js'

const HEAD = 'version: 1\nmetadata: { name: brain }\n'

/** `code line:column` of each finding. */
function findings(text: string): string[] {
  return parseConfig(HEAD + text).diagnostics.map(
    (d) => `${d.code} ${d.range?.start.line}:${d.range?.start.column}`,
  )
}

describe('the server section of cluster.yaml', () => {
  it('is read whole, its lists sorted and each member once', () => {
    const { config, diagnostics } = parseConfig(`${HEAD}server:
  cors: { origins: [https://b.example, https://a.example, https://b.example] }
  trusted_proxies: [10.0.0.0/8, "fd00::/8"]
  limits:
    body_bytes: 2048
    load_bytes: 4096
    stream_bytes: 1099511627776
    request_seconds: 0.5
    actor_rate: 50
    actor_concurrency: 0
`)
    expect(diagnostics).toEqual([])
    expect(config?.server).toEqual({
      cors_origins: ['https://a.example', 'https://b.example'],
      trusted_proxies: ['10.0.0.0/8', 'fd00::/8'],
      limits: {
        ...{ body_bytes: 2048, load_bytes: 4096, stream_bytes: 1_099_511_627_776, request_seconds: 0.5 },
        ...{ actor_rate: 50, actor_concurrency: 0 },
      },
    })
    expect(parseConfig(HEAD).config).not.toHaveProperty('server')
  })

  it('reports every mistake at its place, all at once', () => {
    expect(
      findings(`server:
  cors:
    origins: [https://a.example/, "*", 7]
  trusted_proxies: [10.0.0.0/8, proxy.example, 0.0.0.0/0]
  limits: { body_bytes: 1MB, load_bytes: 1e12, actor_rate: -1, actor_concurency: 3 }
  core: {}
`),
    ).toEqual([
      'invalid_cluster_yaml 8:3',
      'invalid_cors_origin 5:15',
      'invalid_cors_origin 5:35',
      'invalid_cluster_yaml 5:40',
      'invalid_trusted_proxy 6:33',
      'invalid_trusted_proxy 6:48',
      'invalid_cluster_yaml 7:64',
      'invalid_server_limit 7:25',
      'invalid_server_limit 7:42',
      'invalid_server_limit 7:60',
    ])
  })

  it.each([
    ['body_bytes', '1024.5'],
    ['request_seconds', '0'],
    ['stream_bytes', '.inf'],
    ['actor_rate', '0.5'],
  ])('does not take %s: %s', (name, value) => {
    expect(findings(`server: { limits: { ${name}: ${value} } }\n`)).toEqual([
      expect.stringContaining('invalid_server_limit 3:'),
    ])
  })

  it('does not show the password of an origin that is refused', () => {
    const { diagnostics } = parseConfig(
      `${HEAD}server: { cors: { origins: ["https://u:s3cret@a.example"] } }\n`,
    )
    expect(JSON.stringify(diagnostics)).not.toContain('s3cret')
    expect(diagnostics).toHaveLength(1)
  })
})
