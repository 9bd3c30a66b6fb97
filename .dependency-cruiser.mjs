// The direction of imports between packages, one line for each: what it may see.
// Nothing points up. Checked here on the compiled output, and on the sources, where
// type-only imports are still there, by test/src/import-direction.test.ts.
export const MAY_SEE = {
  core: [],
  storage: ['core'],
  lang: ['core'],
  lsp: ['core', 'lang'],
  graph: ['core', 'lang'],
  policy: ['core'],
  cluster: ['core', 'storage', 'lang', 'graph', 'policy'],
  catalog: ['core', 'lang', 'graph'],
  crew: ['core', 'graph', 'catalog', 'protocol'],
  warehouse: ['core'],
  protocol: [],
  client: ['protocol'],
  server: ['core', 'lang', 'graph', 'policy', 'cluster', 'catalog', 'crew', 'protocol'],
  cli: [
    'core',
    'lang',
    'lsp',
    'graph',
    'policy',
    'cluster',
    'catalog',
    'crew',
    'protocol',
    'client',
    'server',
    'warehouse',
  ],
  console: ['client'],
  bench: ['catalog', 'graph', 'lang', 'warehouse'],
  test: ['bench', 'core', 'lang', 'graph', 'policy', 'catalog', 'warehouse'],
}

/** Where each of them lies. */
export const FOLDERS = Object.fromEntries(
  Object.keys(MAY_SEE).map((name) => {
    if (name === 'console') return [name, 'apps/console']
    return [name, name === 'bench' || name === 'test' ? name : `packages/${name}`]
  }),
)

// Third-party libraries that only one plane may know.
const ONLY = {
  croner: ['cluster'],
  'better-sqlite3': ['graph', 'catalog', 'warehouse'],
  '@cedar-policy/cedar-wasm': ['policy'],
  '@polyglot-sql/sdk': ['catalog'],
  fastify: ['server'],
  pg: ['catalog'],
  'vscode-languageserver': ['lsp'],
  '@modelcontextprotocol/sdk': ['server'],
}

// Tests and their fixtures may reach where the code may not.
const TESTS = '(\\.test\\.js$|/testing/)'

const direction = Object.entries(MAY_SEE).map(([name, seen]) => ({
  name: `${name}-looks-down-only`,
  comment: `${name} may import ${seen.length ? seen.join(', ') : 'no other package'}`,
  severity: 'error',
  from: { path: `^${FOLDERS[name]}/`, pathNot: TESTS },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...seen].join('|')})/` },
}))

const ownership = Object.entries(ONLY).map(([library, owners]) => ({
  name: `only-${owners.join('-')}-knows-${library.replace(/[^a-z0-9]+/g, '-')}`,
  severity: 'error',
  from: { path: '^packages/', pathNot: `(^packages/(${owners.join('|')})/)|${TESTS}` },
  to: { path: `node_modules/${library}/` },
}))

export default {
  forbidden: [
    ...direction,
    ...ownership,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'lang-does-no-io',
      severity: 'error',
      from: { path: '^packages/lang/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.d\\.ts$' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
