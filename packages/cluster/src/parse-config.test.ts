import { describe, expect, it } from 'vitest'
import { parseConfig } from './parse-config.js'

const HEAD = 'version: 1\nmetadata: { name: brain }\n'

/** `code line:column` of each finding. */
function findings(text: string): string[] {
  return parseConfig(text).diagnostics.map((d) => `${d.code} ${d.range?.start.line}:${d.range?.start.column}`)
}

describe('parsing cluster.yaml', () => {
  it('accepts the minimal configuration', () => {
    const { config, diagnostics } = parseConfig(HEAD)
    expect(diagnostics).toEqual([])
    expect(config).toMatchObject({ name: 'brain', lock: true, graphs: [] })
  })

  it('reports an unknown key where it stands and suggests the near one', () => {
    const { diagnostics } = parseConfig(`${HEAD}graphz: {}\n`)
    expect(diagnostics).toMatchObject([
      {
        code: 'invalid_cluster_yaml',
        range: { start: { line: 3, column: 1 } },
        remedy: 'Did you mean "graphs"?',
        path: 'graphz',
      },
    ])
  })

  it('reports unknown keys at every depth', () => {
    expect(findings(`${HEAD}graphs:\n  a: { schema: a.pg, colour: red }\n`)).toEqual([
      'invalid_cluster_yaml 4:22',
    ])
    expect(findings(`${HEAD}crew: { graph: c, reference: a, production: b, roles: { boss: {} } }\n`)).toEqual(
      ['invalid_cluster_yaml 3:57'],
    )
  })

  it('reports a duplicate key, also in flow maps and lists, and is not misled by a quoted #', () => {
    expect(findings(`${HEAD}graphs:\n  a: { schema: "x#1.pg" }\n  a: { schema: y.pg }\n`)).toEqual([
      'duplicate_yaml_key 5:3',
    ])
    expect(findings(`${HEAD}policies: { p: { file: f, file: g, applies_to: [cluster] } }\n`)).toEqual([
      'duplicate_yaml_key 3:27',
    ])
    const allow = (items: string) =>
      `${HEAD}graphs:\n  g:\n    schema: "a#b.pg" # "schema": twice\n    external_blobs:\n      allow:\n${items}`
    expect(
      findings(allow('        - base: https://a.example/\n        - base: https://b.example/\n')),
    ).toEqual([])
    expect(
      findings(allow('        - base: "https://a.example/#"\n          base: https://b.example/\n')),
    ).toContain('duplicate_yaml_key 9:11')
    expect(findings(`${HEAD}# graphs: {}\ngraphs: {}\n`)).toEqual([])
  })

  it("says in an operator's words what the YAML parser cannot read", () => {
    const messages = (text: string) => parseConfig(text).diagnostics.map((d) => d.message)
    expect(messages(`${HEAD}graphs: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`)).toContain(
      'this is nested too deep to be read',
    )
    expect(messages(`${HEAD}---\n${HEAD}`)).toEqual(['the file holds more than one YAML document'])
    for (const cron of ['*/15 * * * *', '* * * * *', '* 6 * * MON'])
      expect(messages(`${HEAD}schedule: ${cron}\n`).filter((m) => m.includes('alias'))).toEqual([
        'a value that begins with "*" is read as an alias',
      ])
  })

  it('reports aliases that lead nowhere or multiply without end', () => {
    const bound = (aliases: string) =>
      `${HEAD}policies: { p: { file: f, applies_to: [&g graph, ${aliases}] } }\n`
    expect(parseConfig(bound('*g')).diagnostics).toEqual([])
    expect(findings(bound('*nobody'))).not.toEqual([])
    expect(parseConfig(bound(Array(500).fill('*g').join(', '))).diagnostics).toMatchObject([
      { code: 'invalid_cluster_yaml', message: expect.stringContaining('aliases cannot be followed') },
    ])
  })

  it.each(['pipelines', 'embeddings', 'ui', 'aliases', 'bindings'])('refuses the reserved key %s', (key) => {
    expect(findings(`${HEAD}${key}: {}\n`)).toEqual(['future_phase_field 3:1'])
  })

  it('refuses the fabric section, which is not available yet', () => {
    expect(findings(`${HEAD}fabric: {}\n`)).toEqual(['section_not_available 3:1'])
  })

  it('refuses other versions of the format, and none', () => {
    expect(findings('version: 2\nmetadata: { name: a }\n')).toEqual([
      'unsupported_cluster_config_version 1:10',
    ])
    expect(findings('metadata: { name: a }\n')).toEqual(['unsupported_cluster_config_version 1:1'])
    expect(findings('version: "1"\nmetadata: { name: a }\n')).toEqual([
      'unsupported_cluster_config_version 1:10',
    ])
  })

  it('refuses an absent and a blank cluster name', () => {
    expect(findings('version: 1\n')).toEqual(['empty_metadata_name 1:1'])
    expect(findings('version: 1\nmetadata: { name: "  " }\n')).toEqual(['empty_metadata_name 2:19'])
  })

  it('refuses an external state backend', () => {
    expect(findings(`${HEAD}state: { backend: consul }\n`)).toEqual(['unsupported_state_backend 3:19'])
  })

  it('refuses broken YAML with its position', () => {
    expect(findings(`${HEAD}graphs: [\n`)[0]).toMatch(/^invalid_cluster_yaml \d+:\d+$/)
    expect(findings(`${HEAD}graphs: [a]\n`)).toEqual(['invalid_cluster_yaml 3:9'])
  })

  it('refuses names that could not be addresses or directories', () => {
    for (const name of ['a.b', '../up', 'a b', '-x', 'cluster']) {
      expect(findings(`${HEAD}graphs:\n  "${name}": { schema: a.pg }\n`), name).toEqual([
        'invalid_resource_id 4:3',
      ])
    }
  })

  it('collects all mistakes of a file at once', () => {
    const text = 'version: 3\ngraphs: { a: {} }\nui: {}\npolicies: { p: { file: x } }\n'
    expect(findings(text).map((f) => f.split(' ')[0])).toEqual([
      'future_phase_field',
      'unsupported_cluster_config_version',
      'invalid_cluster_yaml',
      'empty_metadata_name',
      'policy_missing_applies_to',
    ])
  })

  it('takes sources of the one environment there is', () => {
    const source = (env: string) =>
      findings(`${HEAD}sources:\n  a: { kind: sqlite, graph: c, url: a.db, env: ${env} }\n`)
    expect(source('PROD')).toEqual([])
    expect(source('DEV')).toEqual(['unsupported_source_env 4:48'])
  })

  it('refuses a secret written into the file, and never repeats it', () => {
    const secret = 'sk-live-4242'
    const texts: Record<string, string> = {
      embedding_api_key_inline: `providers: { embedding: { d: { kind: openai, api_key: ${secret} } } }\n`,
      crew_api_key_inline: `crew: { graph: c, reference: a, production: b, roles: { fixer: { base_url: http://h, model: m, api_key: ${secret} } } }\n`,
      invalid_crew_role: `crew: { graph: c, reference: a, production: b, roles: { fixer: { base_url: "https://me:${secret}@h", model: m, api_key: "\${K}" } } }\n`,
      invalid_embedding_provider: `providers: { embedding: { d: { kind: openai-compatible, base_url: "https://me:${secret}@h", api_key: "\${K}" } } }\n`,
    }
    for (const [code, text] of Object.entries(texts)) {
      const { config, diagnostics } = parseConfig(HEAD + text)
      expect(config).toBeUndefined()
      expect(diagnostics.map((d) => d.code)).toEqual([code])
      expect(JSON.stringify(diagnostics)).not.toContain(secret)
    }
  })

  it('requires an api_key of every real embedding provider and none of the mock', () => {
    const one = (profile: string) => `${HEAD}providers: { embedding: { d: { ${profile} } } }\n`
    expect(findings(one('kind: openai')).map((f) => f.split(' ')[0])).toEqual(['embedding_api_key_required'])
    expect(findings(one('kind: mock'))).toEqual([])
    expect(findings(one('kind: llama')).map((f) => f.split(' ')[0])).toEqual(['invalid_embedding_provider'])
    expect(findings(`${HEAD}providers: { chat: {} }\n`).map((f) => f.split(' ')[0])).toEqual([
      'invalid_cluster_yaml',
    ])
  })

  it('takes queries as a directory, a list or a map, with exposure in the map', () => {
    const queries = (form: string) =>
      parseConfig(`${HEAD}graphs: { g: { schema: a.pg, queries: ${form} } }\n`).config?.graphs[0]?.queries
    expect(queries('queries/')).toMatchObject({ form: 'path', path: { value: 'queries/' } })
    expect(queries('[a.gq, b.gq]')).toMatchObject({
      form: 'files',
      files: [{ value: 'a.gq' }, { value: 'b.gq' }],
    })
    expect(queries('{ one: a.gq, two: { file: b.gq, expose: false } }')).toMatchObject({
      form: 'map',
      entries: [
        { name: 'one', file: { value: 'a.gq' }, expose: true },
        { name: 'two', file: { value: 'b.gq' }, expose: false },
      ],
    })
  })

  it('refuses a schema on a catalog graph and a graph of no kind without one', () => {
    expect(findings(`${HEAD}graphs: { c: { kind: catalog, schema: a.pg } }\n`)).toEqual([
      'catalog_content_built_in 3:31',
    ])
    expect(findings(`${HEAD}graphs: { g: {} }\n`)).toEqual(['invalid_cluster_yaml 3:11'])
  })

  it('refuses two sources that would be one platform instance, and a crew that compares a source with itself', () => {
    const source = (name: string) =>
      `  ${name}: { kind: sqlite, graph: c, url: x.db, platform_instance: same }\n`
    expect(findings(`${HEAD}sources:\n${source('a')}${source('b')}`)).toEqual([
      'duplicate_platform_instance 5:3',
    ])
    expect(findings(`${HEAD}crew: { graph: c, reference: a, production: a }\n`)).toEqual([
      'crew_same_source 3:45',
    ])
  })

  it('refuses examples of the crew that are no list of sentences', () => {
    const crew = (examples: string) =>
      findings(`${HEAD}crew: { graph: c, reference: a, production: b, examples: ${examples} }\n`)
    expect(crew('[revenue is wrong]')).toEqual([])
    expect(crew('revenue is wrong')).toEqual(['invalid_cluster_yaml 3:58'])
    expect(crew('[ok, 5]')).toEqual(['invalid_cluster_yaml 3:63'])
  })
})
