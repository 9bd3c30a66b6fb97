import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Graph } from '@groundplane/graph'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runJson, startCommand } from './command.js'

/** Writers at the same time, and how many acknowledgements each server lives through. */
const CLIENTS = 4
const ACKNOWLEDGED = 24

let dir: string
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-served-'))
  writeFileSync(join(dir, 'people.pg'), 'node Person { name: String @key }\n')
  writeFileSync(
    join(dir, 'cluster.yaml'),
    'version: 1\nmetadata: { name: one }\ngraphs: { team: { schema: people.pg } }\n',
  )
  for (const command of ['import', 'apply']) await runJson(['cluster', command, '--config', dir])
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function serve(): Promise<{ url: string; kill(): Promise<unknown> }> {
  const args = [
    'serve',
    '--cluster',
    dir,
    '--unauthenticated',
    '--bind',
    '127.0.0.1:0',
    '--reload-interval',
    '0',
  ]
  const server = startCommand(args, { GROUNDPLANE_HOME: join(dir, 'no-home') })
  const exited = once(server, 'exit')
  let said = ''
  for await (const text of server.stdout as AsyncIterable<Buffer>) {
    said += text
    const url = /listening on (\S+)/.exec(said)?.[1]
    if (url !== undefined)
      return {
        url,
        kill: () => {
          server.kill('SIGKILL')
          return exited
        },
      }
  }
  throw new Error(`the server ended without an address: ${said}`)
}

it('obligation 2: what a server has acknowledged is there after it is killed in the midst of writing, and nothing is there in part', async () => {
  const acknowledged = new Set<string>()
  const sent = new Set<string>()
  for (let round = 0; round < 2; round++) {
    const server = await serve()
    const wanted = acknowledged.size + ACKNOWLEDGED
    let killed: Promise<unknown> | undefined
    const client = async (number: number) => {
      for (let i = 0; killed === undefined; i++) {
        const names = ['a', 'b'].map((half) => `${round}-${number}-${i}-${half}`)
        sent.add(names.join())
        const query = `query add() { ${names.map((name) => `insert Person { name: "${name}" }`).join(' ')} }`
        const answer = await fetch(`${server.url}/graphs/team/mutate`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        }).catch(() => undefined)
        if (answer?.status === 200) acknowledged.add(names.join())
        if (acknowledged.size >= wanted) killed ??= server.kill()
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))
    await killed
    const graph = Graph.open(join(dir, 'graphs/team.gp'))
    const rows = graph.query('query all() { match { $p: Person } return { $p.name as name } }').rows
    const stored = new Set(rows.map((row) => row['name'] as string))
    for (const pair of acknowledged) for (const name of pair.split(',')) expect(stored).toContain(name)
    const pairs = [...sent].filter((pair) => pair.split(',').some((name) => stored.has(name)))
    expect(stored.size).toBe(2 * pairs.length)
    expect(graph.commits().filter((commit) => commit.kind === 'mutation')).toHaveLength(pairs.length)
    expect(graph.repair({ dryRun: true })).toMatchObject({ healthy: true })
    graph.close()
  }
}, 120_000)
