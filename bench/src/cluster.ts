import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLI, type Finished, memoryMb, run, startServer } from './process.js'
import { type BenchRow, bounded, median } from './row.js'

const GRAPHS = 200
const QUERIES = 20
const ROUNDS = 3
const MOST_MB = 600

/** The control plane on a large cluster: each command a process of its own, from start to end, as its user waits for it. */
export async function clusterBench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-'))
  try {
    declareCluster(dir)
    const cluster = async (...args: string[]): Promise<Finished> => {
      const done = await run([CLI, 'cluster', ...args, '--config', dir])
      if (done.code !== 0) throw new Error(`cluster ${args.join(' ')} failed:\n${done.stderr}`)
      return done
    }
    const validate = await rounds(() => cluster('validate'))
    await cluster('import')
    const first = await cluster('apply')
    const apply = await rounds(() => cluster('apply'))
    const plan = await rounds(() => cluster('plan'))
    const boot: { wallMs: number; peakMb: number }[] = []
    for (let i = 0; i < ROUNDS; i++) boot.push(await bootOnce(dir))
    const what = `${GRAPHS} graphs × ${QUERIES} queries`
    const seconds = (all: readonly { wallMs: number }[]) => median(all.map((f) => f.wallMs)) / 1000
    const peak = (all: readonly { peakMb: number }[]) => Math.max(...all.map((f) => f.peakMb))
    return [
      bounded(`validate, ${what} (median of ${ROUNDS})`, 's', seconds(validate), 3),
      bounded(`converged apply, ${what} (median of ${ROUNDS})`, 's', seconds(apply), 3),
      bounded(`plan with a look at every graph (median of ${ROUNDS})`, 's', seconds(plan), 3),
      bounded(`boot, ${what} (median of ${ROUNDS})`, 's', seconds(boot), 5),
      bounded('first apply, everything created', 's', first.wallMs / 1000, 120),
      bounded('validate, peak memory', 'MB', peak(validate), MOST_MB),
      bounded('apply, peak memory', 'MB', peak([first, ...apply]), MOST_MB),
      bounded('serve, peak memory when booted', 'MB', peak(boot), MOST_MB),
    ]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function rounds(once: () => Promise<Finished>): Promise<Finished[]> {
  const all: Finished[] = []
  for (let i = 0; i < ROUNDS; i++) all.push(await once())
  return all
}

/** From the start of the process until it says where it listens. */
async function bootOnce(dir: string): Promise<{ wallMs: number; peakMb: number }> {
  const startedMs = performance.now()
  const server = await startServer(
    [CLI, 'serve', '--cluster', dir, '--bind', '127.0.0.1:0', '--unauthenticated', '--require-all-graphs'],
    {},
  )
  const wallMs = performance.now() - startedMs
  try {
    return { wallMs, peakMb: memoryMb(server.child, 'VmHWM') }
  } finally {
    await server.stop()
  }
}

/** Every graph with a schema and queries of its own, so that nothing can be checked once for all. */
function declareCluster(dir: string): void {
  const graphs: string[] = []
  for (let g = 0; g < GRAPHS; g++) {
    graphs.push(`  g${g}: { schema: g${g}.pg, queries: g${g}/ }`)
    writeFileSync(join(dir, `g${g}.pg`), schemaOf(g))
    mkdirSync(join(dir, `g${g}`))
    const queries = Array.from({ length: QUERIES }, (_, q) => queryOf(g, q))
    writeFileSync(join(dir, `g${g}`, 'all.gq'), queries.join('\n'))
  }
  writeFileSync(
    join(dir, 'cluster.yaml'),
    `version: 1\nmetadata: { name: bench }\ngraphs:\n${graphs.join('\n')}\n`,
  )
}

function schemaOf(g: number): string {
  return `node Person {
  name: String @key
  age: I32?
  email: String?
  group${g}: String?
  @index(age)
}
node Team { title: String @key size: I32? }
edge Knows: Person -> Person { since: Date? }
edge MemberOf: Person -> Team
`
}

function queryOf(g: number, q: number): string {
  const forms = [
    `match { $p: Person { name: $name } } return { $p.name, $p.age, $p.group${g} } limit ${q + 1}`,
    `match { $p: Person { name: $name } $p knows $f } return { $f.name, $f.email } limit ${q + 1}`,
    `match { $p: Person { name: $name } $p memberOf $t } return { $t.title, $t.size } limit ${q + 1}`,
    `match { $p: Person { name: $name } $p knows $f $f memberOf $t } return { $t.title, $f.name } limit ${q + 1}`,
  ]
  return `query q${q}($name: String) { ${forms[q % forms.length]} }`
}
