import { once } from 'node:events'
import { type Behaviour, HostileGms } from '@groundplane/catalog/testing/hostile-gms'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runJson, startCommand } from './command.js'
import { ServedCluster, TOKENS } from './http/served-cluster.js'

const CONFIG = `version: 1
metadata: { name: published }
graphs:
  catalog: { kind: catalog }
  mirror: { kind: catalog }
policies:
  base: { file: base.policy.yaml, applies_to: [catalog, mirror] }
`
const POLICY = `version: 1
rules:
  - { id: operator, allow: { actors: [operator], actions: [read, export, change] } }
`

let cluster: ServedCluster
let gms: HostileGms
beforeAll(async () => {
  cluster = await ServedCluster.start([], {
    async fill(filled) {
      const { dir } = filled
      filled.write('cluster.yaml', CONFIG)
      filled.write('base.policy.yaml', POLICY)
      await runJson(['cluster', 'import', '--config', dir])
      await runJson(['cluster', 'apply', '--config', dir, '--as', 'operator'])
    },
  })
  await fillCatalog()
  gms = await HostileGms.start(`${cluster.url}/graphs/mirror/datahub`)
})
afterAll(async () => {
  await gms?.close()
  await cluster?.dispose()
})

/** Four batches. */
async function fillCatalog(): Promise<void> {
  const proposals = Array.from({ length: 350 }, (_, i) => ({
    entityUrn: `urn:li:dataset:(urn:li:dataPlatform:hive,t${i},PROD)`,
    entityType: 'dataset',
    aspectName: 'datasetProperties',
    changeType: 'UPSERT',
    aspect: { value: JSON.stringify({ name: `t${i}` }), contentType: 'application/json' },
  }))
  const filled = await fetch(`${cluster.url}/graphs/catalog/datahub/aspects?action=ingestProposalBatch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'application/json' },
    body: JSON.stringify({ proposals }),
  })
  expect(filled.status).toBe(200)
}

const publishArgs = () => [
  ...['catalog', 'publish', '--to', gms.url, '--token-env', 'MIRROR_TOKEN', '--json'],
  ...['--cluster', cluster.dir, '--graph', 'catalog', '--as', 'operator'],
]

/** Publishes in a process of its own, that is killed when its n-th request has come, or has just been answered. Null: it was killed. */
async function publish(n?: number, when?: 'before' | 'after'): Promise<{ sent: number } | null> {
  const child = startCommand(publishArgs(), { MIRROR_TOKEN: TOKENS.operator })
  let stdout = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const ended = once(child, 'close')
  gms.forget()
  gms.behave = async (_, seen): Promise<Behaviour> => {
    if (seen !== n) return 'pass'
    if (when === 'before') {
      child.kill('SIGKILL')
      await ended
      return 'reset'
    }
    return 'pass-then-reset'
  }
  gms.onPassed = async (seen) => {
    if (seen !== n || when !== 'after') return
    child.kill('SIGKILL')
    await ended
  }
  const [code, signal] = await ended
  if (signal === 'SIGKILL') return null
  expect(code, stdout).toBe(0)
  return JSON.parse(stdout)
}

async function recordsOf(graph: string): Promise<string[]> {
  const { lines } = await runJson<{ lines: { type: string; data: Record<string, string> }[] }>([
    ...['export', '--cluster', cluster.dir, '--graph', graph, '--as', 'operator'],
    ...['--type', 'Aspect', 'TimeseriesAspect'],
  ])
  return lines.map(({ data }) => [data['urn'], data['name'], data['text']].join(' '))
}

it('a publisher that is killed before the target has a batch or after it was recorded goes on where it stopped', async () => {
  const kills: number[] = []
  for (let run = 0; ; run++) {
    expect(run).toBeLessThan(12)
    // The first request asks whether the target is well; the second is the first batch.
    const [n, when] = [2 + (run % 3), run % 2 === 0 ? 'after' : 'before'] as const
    const report = await publish(n, when)
    kills.push(n)
    if (report) break
  }
  expect(kills.length).toBeGreaterThan(2)
  const all = await recordsOf('catalog')
  expect(all).toHaveLength(350)
  expect(await recordsOf('mirror')).toEqual(all)
  expect(await publish()).toMatchObject({ sent: 0, resumed: false })
}, 120_000)
