import { describe, expect, it } from 'vitest'
import { checkOperatorConfig } from './config.js'

const GOOD = `# mine
operator: { actor: ada }
servers:
  prod: { url: https://groundplane.example.com/ }
  lab: { url: 'http://lab.internal:8080', plain_http: true }
clusters:
  brain: { root: brain }
defaults: { output: csv, profile: prod }
profiles:
  prod: { server: prod, default_graph: knowledge }
  admin: { cluster: brain }
  scratch: { store: /srv/scratch.gp }
aliases:
  triage: { server: prod, graph: spike, query: weekly, args: [since], params: { limit: 20 }, format: kv }
`

describe('the operator config', () => {
  it('reads names, places, defaults and aliases', async () => {
    const { config, diagnostics } = await checkOperatorConfig(GOOD, '/home/ada/.groundplane/config.yaml')
    expect(diagnostics).toEqual([])
    expect(config).toEqual({
      file: '/home/ada/.groundplane/config.yaml',
      actor: 'ada',
      servers: new Map([
        ['prod', { url: 'https://groundplane.example.com', plainHttp: false }],
        ['lab', { url: 'http://lab.internal:8080', plainHttp: true }],
      ]),
      clusters: new Map([['brain', '/home/ada/.groundplane/brain']]),
      defaults: { output: 'csv', profile: 'prod' },
      profiles: new Map([
        ['prod', { server: 'prod', graph: 'knowledge' }],
        ['admin', { cluster: 'brain' }],
        ['scratch', { store: '/srv/scratch.gp' }],
      ]),
      aliases: new Map([
        [
          'triage',
          {
            server: 'prod',
            graph: 'spike',
            query: 'weekly',
            args: ['since'],
            params: { limit: 20 },
            format: 'kv',
          },
        ],
      ]),
    })
  })

  it.each(['', '# nothing yet\n', '\n\n'])('may be empty: %j', async (text) => {
    expect((await checkOperatorConfig(text, 'c.yaml')).config?.servers.size).toBe(0)
  })

  // « marks where the diagnostic must stand.
  it.each([
    ['an unknown section', 'servers:', '«servrs:', /Did you mean "servers"/],
    ['an unknown key of a server', '{ url: https', '{ «urll: https', /Did you mean "url"/],
    ['a token in the file', 'plain_http: true', '«token: s3cret', /Unknown key "token"/],
    ['a password in an address', 'https://groundplane.example.com/', '«https://u:p@x.example/', /login/],
    ['an address that is none', 'https://groundplane.example.com/', '«prod.example.com', /is no address/],
    ['another scheme', 'https://groundplane.example.com/', '«ftp://x', /scheme "ftp"/],
    ['a query in an address', 'https://groundplane.example.com/', '«https://x/?a=b', /query or a fragment/],
    [
      'a server that is not declared',
      '{ server: prod, default',
      '{ server: «prd, default',
      /Declared: prod, lab/,
    ],
    ['a profile with two places', '{ cluster: brain }', '{ cluster: brain, «store: x.gp }', /exactly one/],
    ['a profile with none', 'admin: { cluster: brain }', '«admin: { default_graph: g }', /exactly one/],
    ['a default profile that is not declared', 'profile: prod', 'profile: «prodd', /Declared: prod/],
    ['a default profile beside a place', 'profile: prod }', 'profile: prod, «server: prod }', /Keep one/],
    ['a format that is none', 'output: csv', 'output: «xml', /table, json/],
    [
      'an alias without a query',
      'triage: { server: prod, graph: spike, query: weekly,',
      '«triage: { server: prod,',
      /query/,
    ],
    ['a name with blanks', '  brain:', '  «my brain:', /cannot be a name/],
    ['an actor that is no name', 'actor: ada', 'actor: «5', /non-empty text/],
    ['a key given twice', 'clusters:', '«servers:', /twice/],
    ['a list for a section', 'profiles:\n', 'profiles: «[]\nx:\n', /must be a mapping/],
  ])('refuses %s where it stands', async (_name, from, to, text) => {
    const marked = GOOD.replace(from, to)
    expect(marked).not.toBe(GOOD)
    const { config, diagnostics } = await checkOperatorConfig(marked.replace('«', ''), 'config.yaml')
    expect(config).toBeUndefined()
    const found = diagnostics.find((d) => d.range?.start.offset === marked.indexOf('«'))
    expect(found, JSON.stringify(diagnostics)).toMatchObject({
      code: 'operator_config_invalid',
      severity: 'error',
      file: 'config.yaml',
    })
    expect(`${found?.message} ${found?.remedy}`).toMatch(text)
  })
})
