import { writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  ClusterFixture,
  CONFIG,
  codes,
  EXTENSIONS,
  FILES,
  FIND,
  FRIENDS,
  PEOPLE,
  READERS,
} from './testing/cluster-fixture.js'
import { validateCluster } from './validate.js'

let fixture: ClusterFixture
afterEach(() => fixture.dispose())

function cluster(files: Record<string, string> = {}): ClusterFixture {
  fixture = new ClusterFixture({ ...FILES, ...files })
  return fixture
}

const validate = () => validateCluster(fixture.dir, { extensions: EXTENSIONS })

describe('cluster validate', () => {
  it('gives the digest of every resource and the edges between them', async () => {
    cluster()
    const document = await validate()
    expect(document.ok).toBe(true)
    expect(document.resources.map((r) => r.address)).toEqual([
      'graph.knowledge',
      'policy.base',
      'query.knowledge.find_person',
      'schema.knowledge',
    ])
    for (const { address, digest } of document.resources) {
      expect(digest).toMatch(/^[0-9a-f]{64}$/)
      expect(document.resource_digests[address]).toBe(digest)
    }
    expect(document.dependencies).toEqual([
      { from: 'policy.base', to: 'graph.knowledge' },
      { from: 'query.knowledge.find_person', to: 'schema.knowledge' },
      { from: 'schema.knowledge', to: 'graph.knowledge' },
    ])
  })

  it('reports mistakes of the configuration and of every file it names at once, and no follow-ups', async () => {
    cluster({
      'cluster.yaml': `version: 1
metadata: { name: brain, colour: red }
storage: s3://somewhere
graphs:
  knowledge: { schema: people.pg, queries: queries/ }
  meaning: { kind: catalog, embedding_provider: maker }
  broken: { kind: relational }
providers: { embedding: { maker: { kind: homemade } } }
policies:
  base: { file: base.policy.yaml, applies_to: [knowledge] }
  unbound: { file: other.policy.yaml }
sources:
  shop: { kind: oracle, graph: meaning, url: shop.db, metadata: gone.yaml }
assertions:
  set: { file: set.assertions.yaml, graph: meaning, sources: [shop] }
  groundless: { file: groundless.assertions.yaml, sources: [shop] }
crew: { graph: broken, reference: shop, production: nowhere }
`,
      'people.pg': PEOPLE.replace('I32?', 'Integer?'),
      'queries/people.gq': 'query a() { match { $p: Person } return { $p.name }',
      'base.policy.yaml': READERS.replace('[read]', '[reed]'),
      'other.policy.yaml': READERS.replace('[read]', '[rread]'),
      'set.assertions.yaml': 'nonsense\n',
      'groundless.assertions.yaml': 'nonsense\n',
    })
    const { ok, diagnostics } = await validate()
    expect(ok).toBe(false)
    const errors = diagnostics.filter((d) => d.severity === 'error')
    expect(errors.map((d) => [d.code, d.file ?? 'cluster.yaml']).sort()).toEqual(
      [
        ['invalid_cluster_yaml', 'cluster.yaml'], // metadata.colour
        ['data_dir_missing', 'cluster.yaml'],
        ['invalid_cluster_yaml', 'cluster.yaml'], // graphs.broken.kind
        ['invalid_embedding_provider', 'cluster.yaml'],
        ['policy_missing_applies_to', 'cluster.yaml'],
        ['unsupported_source_kind', 'cluster.yaml'],
        ['invalid_cluster_yaml', 'cluster.yaml'], // assertions.groundless.graph
        ['dangling_source_reference', 'cluster.yaml'], // crew.production
        ['metadata_file_missing', 'cluster.yaml'],
        ['schema_catalog_error', 'people.pg'],
        ['query_parse_error', 'queries/people.gq'],
        ['policy_invalid', 'base.policy.yaml'],
        ['policy_invalid', 'other.policy.yaml'],
        ['assertion_invalid', 'set.assertions.yaml'],
        ['assertion_invalid', 'groundless.assertions.yaml'],
      ].sort(),
    )
  })

  it('writes nothing', async () => {
    cluster()
    const before = fixture.fingerprint()
    await validate()
    expect(fixture.fingerprint()).toEqual(before)
  })

  it('refuses files that are not UTF-8, and takes a byte order mark and CRLF', async () => {
    cluster()
    const latin = (text: string) => Buffer.from(`${text}// caf\xe9\n`, 'latin1')
    const schema = FILES['people.pg'] as string
    writeFileSync(fixture.path('people.pg'), latin(schema))
    expect(codes(await validate())).toContain('file_not_utf8')
    writeFileSync(fixture.path('people.pg'), `\uFEFF${schema.replaceAll('\n', '\r\n')}`)
    expect(codes(await validate())).toEqual([])
    writeFileSync(fixture.path('cluster.yaml'), Buffer.from('version: 1\n# caf\xe9\n', 'latin1'))
    expect(codes(await validate())).toEqual(['cluster_config_read_error'])
  })

  it('says which directory or file is missing', async () => {
    cluster()
    expect(codes(await validateCluster(fixture.path('nowhere')))).toEqual(['config_dir_not_found'])
    expect(codes(await validateCluster(fixture.path('queries')))).toEqual(['cluster_config_read_error'])
    expect(codes(await validateCluster('s3://bucket/prefix'))).toEqual(['config_dir_not_found'])
  })

  it.each([
    ['schema_file_missing', 'schema: people.pg', 'schema: gone.pg'],
    ['policy_file_missing', 'file: base.policy.yaml', 'file: gone.yaml'],
    ['query_dir_unreadable', 'queries: queries/', 'queries: gone/'],
    ['query_file_missing', 'queries: queries/', 'queries: [gone.gq]'],
    ['dangling_graph_reference', 'applies_to: [knowledge]', 'applies_to: [wisdom]'],
    ['wrong_kind_reference', 'applies_to: [knowledge]', 'applies_to: [schema.knowledge]'],
    ['policy_mixed_binding_kinds', 'applies_to: [knowledge]', 'applies_to: [knowledge, cluster]'],
    ['path_outside_config', 'schema: people.pg', 'schema: ../people.pg'],
    ['path_outside_config', 'schema: people.pg', 'schema: /etc/passwd'],
    ['data_dir_missing', 'graphs:', 'storage: s3://bucket/prefix\ngraphs:'],
    ['invalid_data_dir', 'graphs:', 'storage: s3://bucket/prefix\ndata_dir: s3://bucket/x\ngraphs:'],
    ['data_dir_not_applicable', 'graphs:', 'data_dir: data\ngraphs:'],
    ['invalid_storage_root', 'graphs:', 'storage: s3://B/x\ndata_dir: data\ngraphs:'],
    ['invalid_storage_root', 'graphs:', 'storage: ftp://host/x\ngraphs:'],
    ['dangling_embedding_provider_reference', 'queries: queries/', 'embedding_provider: none'],
    ['wrong_kind_reference', 'queries: queries/', 'embedding_provider: graph.knowledge'],
    ['invalid_external_blob_policy', 'queries: queries/', 'external_blobs: {}'],
    [
      'invalid_external_blob_policy',
      'queries: queries/',
      'external_blobs: { allow: [{ scope: server_safe }] }',
    ],
    [
      'invalid_external_blob_policy',
      'queries: queries/',
      'external_blobs: { allow: [{ base: "https://f.example/", scope: embedded_only }] }',
    ],
    ['invalid_external_blob_base', 'queries: queries/', 'external_blobs: { allow: ["file:///srv/"] }'],
    [
      'invalid_external_blob_base',
      'queries: queries/',
      'external_blobs: { allow: ["https://u:p@f.example/"] }',
    ],
    ['invalid_external_blob_base', 'queries: queries/', 'external_blobs: { allow: ["https://f.example/a"] }'],
    [
      'invalid_external_blob_base',
      'queries: queries/',
      'external_blobs: { allow: ["https://f.example/a/", "HTTPS://F.example/a/b/"] }',
    ],
  ])('reports %s where it stands', async (code, from, to) => {
    cluster({ 'cluster.yaml': CONFIG.replace(from, to) })
    const document = await validate()
    expect(document.ok).toBe(false)
    const found = document.diagnostics.find((d) => d.code === code)
    expect(found, JSON.stringify(document.diagnostics)).toMatchObject({
      severity: 'error',
      file: 'cluster.yaml',
    })
    expect(found?.range?.start.line).toBeGreaterThan(2)
    expect(found?.remedy).toBeTruthy()
  })

  it('refuses two bundles on one scope', async () => {
    cluster({
      'cluster.yaml': `${CONFIG}  more: { file: base.policy.yaml, applies_to: [graph.knowledge] }\n`,
    })
    expect(codes(await validate())).toEqual(['duplicate_policy_binding'])
  })

  it('refuses a bundle of graph rules bound to the cluster', async () => {
    cluster({ 'cluster.yaml': CONFIG.replace('applies_to: [knowledge]', 'applies_to: [cluster]') })
    expect(codes(await validate())).toEqual(['wrong_kind_reference'])
  })

  it('refuses a bundle of server rules bound to a graph', async () => {
    cluster({ 'base.policy.yaml': READERS.replace('[read]', '[graph_list]') })
    expect(codes(await validate())).toEqual(['wrong_kind_reference'])
  })

  it('refuses an unknown field, action or scope in a policy, positioned in its file', async () => {
    for (const broken of [
      READERS.replace('[read]', '[reed]'),
      READERS.replace('groups:', 'grupos:'),
      READERS.replace('[read] }', '[read], branch_scope: some }'),
    ]) {
      cluster({ 'base.policy.yaml': broken })
      const document = await validate()
      expect(new Set(codes(document, 'error'))).toEqual(new Set(['policy_invalid']))
      expect(document.diagnostics[0]).toMatchObject({ file: 'base.policy.yaml', range: expect.anything() })
      fixture.dispose()
    }
    cluster()
  })

  it('reports a schema that does not parse apart from one that does not check', async () => {
    cluster({ 'people.pg': 'node Person {' })
    expect(codes(await validate(), 'error')[0]).toBe('schema_parse_error')
    fixture.dispose()
    cluster({ 'people.pg': 'node Person { name: Strin @key }' })
    const document = await validate()
    expect(codes(document, 'error')[0]).toBe('schema_catalog_error')
    expect(document.diagnostics[0]).toMatchObject({ file: 'people.pg', range: { start: { line: 1 } } })
    expect(codes(document, 'warning')).toContain('query_typecheck_skipped')
  })

  it('reports a query that does not parse or does not fit the declared schema', async () => {
    cluster({ 'queries/people.gq': 'query find_person( {' })
    expect(codes(await validate(), 'error')[0]).toBe('query_parse_error')
    fixture.dispose()
    cluster({ 'queries/people.gq': FIND.replace('$p.age', '$p.agee') })
    const document = await validate()
    expect(codes(document, 'error')).toEqual(['query_typecheck_error'])
    expect(document.diagnostics[0]).toMatchObject({
      file: 'queries/people.gq',
      range: { start: { line: 3 } },
    })
  })

  it('takes queries as a directory (other files ignored), one file, a list or a map', async () => {
    const files = {
      'queries/friends.gq': FRIENDS,
      'queries/notes.txt': 'not a query',
      'queries/.hidden': 'x',
    }
    for (const [form, names] of [
      ['queries/', ['find_person', 'friends']],
      ['queries/people.gq', ['find_person']],
      ['[queries/people.gq, queries/friends.gq]', ['find_person', 'friends']],
      ['{ friends: { file: queries/friends.gq } }', ['friends']],
    ] as const) {
      cluster({ ...files, 'cluster.yaml': CONFIG.replace('queries: queries/', `queries: ${form}`) })
      const document = await validate()
      expect(document.ok, JSON.stringify(document.diagnostics)).toBe(true)
      const found = document.resources.filter((r) => r.kind === 'query').map((r) => r.address.split('.')[2])
      expect(found, form).toEqual(names)
      fixture.dispose()
    }
    cluster()
  })

  it('refuses a query key that its file does not declare, and names what it does', async () => {
    cluster({ 'cluster.yaml': CONFIG.replace('queries: queries/', 'queries: { find: queries/people.gq }') })
    const document = await validate()
    expect(codes(document)).toEqual(['query_key_mismatch'])
    expect(document.diagnostics[0]?.remedy).toContain('find_person')
  })

  it('refuses one query name in two files', async () => {
    cluster({ 'queries/again.gq': FIND })
    expect(codes(await validate(), 'error')).toEqual(['duplicate_query_name'])
  })

  it('warns of an empty query directory', async () => {
    cluster({ 'cluster.yaml': CONFIG.replace('queries/', 'none/'), 'none/readme.txt': '' })
    const document = await validate()
    expect(document.ok).toBe(true)
    expect(codes(document)).toEqual(['query_dir_empty'])
  })

  it('digests content: comments, formatting and line ends of YAML and schema do not count', async () => {
    cluster()
    const before = (await validate()).resource_digests
    fixture.write('people.pg', `// people\n${PEOPLE.replaceAll('  ', '    ')}`)
    fixture.write('cluster.yaml', `# a comment\n${CONFIG.replace('{ name: brain }', '\n  name: "brain"')}`)
    fixture.write('queries/people.gq', FIND.replaceAll('\n', '\r\n'))
    expect((await validate()).resource_digests).toEqual(before)
    fixture.write('queries/people.gq', `// how to find someone\n${FIND}\n`)
    expect((await validate()).resource_digests).toEqual(before)
    fixture.write('queries/people.gq', FIND.replace('$p.age', '$p.age as years'))
    const after = (await validate()).resource_digests
    expect(after['query.knowledge.find_person']).not.toBe(before['query.knowledge.find_person'])
    expect(after['graph.knowledge']).not.toBe(before['graph.knowledge'])
    expect(after['schema.knowledge']).toBe(before['schema.knowledge'])
  })

  it('digests each query of a file by itself', async () => {
    cluster({ 'queries/people.gq': FIND + FRIENDS })
    const before = (await validate()).resource_digests
    fixture.write('queries/people.gq', `${FRIENDS.replace('$f.name', '$f.name as friend')}\n${FIND}`)
    const after = (await validate()).resource_digests
    expect(after['query.knowledge.find_person']).toBe(before['query.knowledge.find_person'])
    expect(after['query.knowledge.friends']).not.toBe(before['query.knowledge.friends'])
  })

  it('digests an embedding provider into the graphs that use it', async () => {
    const bound = CONFIG.replace('queries: queries/', 'queries: queries/, embedding_provider: small')
    const provider = (model: string) =>
      `${bound}providers: { embedding: { small: { kind: openai, model: ${model}, api_key: "\${KEY}" } } }\n`
    cluster({ 'cluster.yaml': provider('one') })
    const before = (await validate()).resource_digests
    fixture.write('cluster.yaml', provider('two'))
    const after = (await validate()).resource_digests
    expect(after['provider.embedding.small']).not.toBe(before['provider.embedding.small'])
    expect(after['graph.knowledge']).not.toBe(before['graph.knowledge'])
  })
})

const SEMANTIC = `version: 1
metadata: { name: oncall }
graphs: { catalog: { kind: catalog }, people: { schema: people.pg } }
sources:
  clean: { kind: sqlite, graph: catalog, url: data/clean.db, metadata: meta.yaml }
  dirty: { kind: sqlite, graph: catalog, url: data/dirty.db }
assertions:
  rules: { file: rules.yaml, graph: catalog, sources: [clean, dirty] }
crew: { graph: catalog, reference: clean, production: dirty }
`

const DBT = 'kind: dbt, graph: catalog, url: ../p/target'

/** What replaces the source `dirty` by a database with these members. */
function toPostgres(members: string): [from: string, to: string] {
  return ['kind: sqlite, graph: catalog, url: data/dirty.db', `kind: postgres, graph: catalog, ${members}`]
}

describe('the semantic sections of cluster validate', () => {
  const files = {
    'cluster.yaml': SEMANTIC,
    'meta.yaml': '{}',
    'rules.yaml': 'version: 1\n',
    'data/clean.db': '',
    'data/dirty.db': '',
  }

  it('resolves sources, assertions and the crew to resources that depend on their graph', async () => {
    cluster(files)
    const document = await validate()
    expect(document.diagnostics).toEqual([])
    expect(document.resources.map((r) => r.address)).toEqual(
      expect.arrayContaining([
        'query.catalog.datasets',
        'source.clean',
        'source.dirty',
        'assertion.rules',
        'crew',
      ]),
    )
    expect(document.dependencies).toContainEqual({ from: 'assertion.rules', to: 'source.dirty' })
    expect(document.dependencies).toContainEqual({ from: 'crew', to: 'graph.catalog' })
  })

  it('warns of a database that is not there yet, and of nothing else about it', async () => {
    cluster({ ...files, 'cluster.yaml': SEMANTIC.replace('data/dirty.db', 'data/later.db') })
    const document = await validate()
    expect(document.ok).toBe(true)
    expect(codes(document)).toEqual(['source_database_missing'])
  })

  it.each([
    ['dangling_graph_reference', 'crew: { graph: catalog', 'crew: { graph: katalog'],
    ['wrong_kind_reference', 'crew: { graph: catalog', 'crew: { graph: people'],
    ['dangling_source_reference', 'production: dirty', 'production: filthy'],
    ['dangling_source_reference', 'sources: [clean, dirty]', 'sources: [clean, durty]'],
    ['metadata_file_missing', 'meta.yaml', 'meto.yaml'],
    ['assertion_file_missing', 'file: rules.yaml', 'file: rulez.yaml'],
    ['unsupported_source_kind', 'kind: sqlite', 'kind: oracle'],
    ['invalid_source_url', 'url: data/clean.db', 'url: "postgres://u:p@h/db"'],
    ['invalid_source_url', ...toPostgres('url: data/dirty.db')],
    ['invalid_source_url', ...toPostgres('url: "postgresql://h"')],
    ['invalid_source_url', ...toPostgres('url: "postgresql://h/db?sslmode=prefer"')],
    ['invalid_source_url', ...toPostgres('url: "postgresql://h/db?pass=x"')],
    ['source_password_inline', ...toPostgres('url: "postgresql://u:secret@h/db"')],
    ['source_password_inline', ...toPostgres('url: "postgresql://u@h/db", password: secret')],
    ['invalid_cluster_yaml', ...toPostgres('url: "postgresql://u@h/db", schemas: public')],
    ['invalid_cluster_yaml', 'url: data/dirty.db', 'url: data/dirty.db, password: "${P}"'],
    ['invalid_cluster_yaml', 'url: data/dirty.db', 'url: data/dirty.db, target_platform_instance: x'],
    ['wrong_kind_reference', 'kind: sqlite, graph: catalog, url: data/dirty.db', DBT],
    [
      'invalid_cluster_yaml',
      'kind: sqlite, graph: catalog, url: data/dirty.db',
      `${DBT}, metadata: meta.yaml`,
    ],
    [
      'invalid_source_url',
      'kind: sqlite, graph: catalog, url: data/dirty.db',
      DBT.replace('../p', 'http://p'),
    ],
  ])('reports %s', async (code, from, to) => {
    cluster({ ...files, 'cluster.yaml': SEMANTIC.replace(from, to) })
    const document = await validate()
    expect(codes(document, 'error')).toContain(code)
    expect(JSON.stringify(document)).not.toContain('secret@')
  })

  it.each([
    'url: "postgresql://reader@db.example.com:5433/shop?sslmode=verify-full", password: "${SHOP_PASSWORD}"',
    'url: "${SHOP_URL}", schemas: [public, sales]',
  ])('takes a PostgreSQL database, and no variable of its address for a path: %s', async (members) => {
    const [from, to] = toPostgres(members)
    cluster({ ...files, 'cluster.yaml': SEMANTIC.replace(from, to) })
    const document = await validate()
    expect(document.diagnostics).toEqual([])
    expect(document.resources.map((r) => r.address)).toContain('source.dirty')
  })

  const OF_SHOP = 'url: "postgresql://u@db/shop"'
  it.each([
    [
      'of two that declare one namespace',
      'duplicate_openlineage_namespace',
      'error',
      'url: "postgresql://u@db2/shop"',
      'openlineage_namespaces: [prod]',
    ],
    [
      'of one in two spellings',
      'duplicate_openlineage_namespace',
      'error',
      'url: "postgresql://u@db2/shop"',
      'openlineage_namespaces: ["postgresql://Proxy", prod2]',
    ],
    [
      'of two that read one database',
      'openlineage_namespace_shared',
      'warning',
      OF_SHOP,
      'schemas: [Public]',
    ],
    [
      'and nothing of two databases',
      undefined,
      'error',
      'url: "postgresql://u@db/shop2"',
      'openlineage_namespaces: [prod]',
    ],
    ['and nothing of two schemas', undefined, 'error', OF_SHOP, 'schemas: [sales]'],
    [
      'and nothing where one of them declares it',
      undefined,
      'error',
      OF_SHOP,
      'openlineage_namespaces: ["postgres://db:5432"]',
    ],
    [
      'and nothing of what stands in a variable',
      undefined,
      'error',
      'url: "${SHOP_URL}"',
      'openlineage_namespaces: [prod]',
    ],
  ])('tells of sources an OpenLineage event could both mean: %s', async (_, code, severity, url, members) => {
    const [from, to] = toPostgres(`${url}, ${members}`)
    const shop = `{ kind: postgres, graph: catalog, ${OF_SHOP}, schemas: [public], openlineage_namespaces: [prod, "postgres://proxy:5432"] }`
    const first =
      code === 'openlineage_namespace_shared' || members.startsWith('schemas')
        ? shop.replace(/, openlineage_namespaces.*/, ' }')
        : shop
    cluster({
      ...files,
      'cluster.yaml': SEMANTIC.replace(from, to).replace('assertions:', `  shop: ${first}\nassertions:`),
    })
    const { diagnostics } = await validate()
    expect(diagnostics.map((d) => [d.code, d.severity])).toEqual(code === undefined ? [] : [[code, severity]])
  })

  it.each([['openlineage_namespaces: ["postgres://u:p@db:5432"]'], ['openlineage_namespaces: prod']])(
    'refuses namespaces with a password, and what is no list: %s',
    async (members) => {
      cluster({
        ...files,
        'cluster.yaml': SEMANTIC.replace('url: data/dirty.db', `url: data/dirty.db, ${members}`),
      })
      expect((await validate()).diagnostics).toMatchObject([{ code: 'invalid_cluster_yaml' }])
    },
  )

  it('refuses namespaces of a dbt project that names its warehouse as events do', async () => {
    const project = `  project: { ${DBT}, openlineage_namespaces: [bigquery] }\nassertions:`
    cluster({ ...files, 'cluster.yaml': SEMANTIC.replace('assertions:', project) })
    expect((await validate()).diagnostics).toMatchObject([{ code: 'invalid_cluster_yaml' }])
  })

  it('takes a dbt project, and says nothing of artefacts that are not there yet', async () => {
    const project = `  project: { ${DBT}, target_platform_instance: clean }\nassertions:`
    cluster({ ...files, 'cluster.yaml': SEMANTIC.replace('assertions:', project) })
    const document = await validate()
    expect(document.diagnostics).toEqual([])
    expect(document.resources.map((r) => r.address)).toContain('source.project')
  })

  it('reports what the checkers of other planes find, under the section that named the file', async () => {
    cluster({ ...files, 'rules.yaml': 'nonsense' })
    const document = await validate()
    expect(document.ok).toBe(false)
    expect(document.diagnostics).toMatchObject([
      { code: 'assertion_invalid', file: 'rules.yaml', path: 'assertions.rules.file' },
    ])
  })

  it('refuses a catalog graph when the program brings no catalog', async () => {
    cluster(files)
    expect(codes(await validateCluster(fixture.dir))).toContain('catalog_not_available')
  })
})
