import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { IncidentReport } from '@groundplane/protocol'
import type { RunningServer } from '@groundplane/server'
import { catalogExtensions } from '../catalog-extensions.js'
import { openCluster } from '../cluster-target.js'
import { consoleDir } from '../console-assets.js'
import { bringExample } from '../demo-directory.js'
import { CommandError } from '../errors.js'
import { noteEvent, verdictTable } from '../incident-view.js'
import { note, print } from '../output.js'
import { type StartStep, stepReporter } from '../progress.js'
import { allOrThrow, checkSources, harvestSources } from '../source-jobs.js'

interface DemoOptions {
  readonly dir: string
  readonly bind?: string
  readonly sentence: string
  readonly once?: boolean
  readonly json?: boolean
}

const EXAMPLE = fileURLToPath(new URL('../../../../examples/olist-oncall/', import.meta.url))

/**
 * The main job from end to end on generated data. Every step skips what is already
 * as it should be, so a second run is quick and an interrupted one is continued.
 * Progress goes to stderr; stdout ends with the verdicts and the report, or with `json`
 * the incident document as its last line.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const dir = resolve(options.dir)
  const step = stepReporter()
  note(`Groundplane demo in ${dir}\n`)
  if (!existsSync(EXAMPLE)) {
    throw new CommandError('example_missing', `The example directory ${EXAMPLE} is not there.`, {
      remedy: 'Run the demo from a checkout of the repository.',
    })
  }
  for (const name of bringExample(EXAMPLE, dir)) note(`${name} was edited here; it stays as it is.`)
  await generate(dir, step)
  await converge(dir, step)
  await loadTeam(dir, step)
  allOrThrow(await harvestSources(await openCluster(dir, 'harvester'), [], step))
  allOrThrow(await checkSources(await openCluster(dir, 'harvester'), [], step, { force: false }))

  const tokens = { operator: newToken(), 'oncall-crew': newToken(), viewer: newToken() }
  const server = await startServer(
    dir,
    options.bind ?? (options.once ? '127.0.0.1:0' : '127.0.0.1:8080'),
    tokens,
  )
  try {
    const report = await investigate(server, tokens['oncall-crew'], options.sentence)
    printOutcome(report, options.json === true)
    if (options.once) return 0
    note(`\nThe console:  ${server.url}/#token=${tokens.operator}&run=${report.runId}`)
    note(`MCP:          ${server.url}/mcp   (Authorization: Bearer ${tokens['oncall-crew']})`)
    note('Ctrl-C stops the server.')
    const { closeOnSignal } = await import('@groundplane/server')
    await closeOnSignal(server)
    return 0
  } finally {
    await server.close()
  }
}

async function generate(dir: string, startStep: StartStep): Promise<void> {
  const { generateWarehouses } = await import('@groundplane/warehouse')
  const step = startStep('generate warehouses')
  const made = await generateWarehouses({
    dir: join(dir, 'data'),
    onProgress: (p) => step.update(p.done, p.total, p.table),
  })
  const rows = made.reduce((sum, w) => sum + w.rows, 0).toLocaleString('en-US')
  step.finish(
    made.some((w) => w.made) ? `${made.length} warehouses, ${rows} rows` : `${rows} rows already there`,
  )
}

/** validate → import (once) → plan → apply, as an operator would. */
async function converge(dir: string, startStep: StartStep): Promise<void> {
  const cluster = await import('@groundplane/cluster')
  const given = { extensions: await catalogExtensions(), actor: 'operator' }
  const validating = startStep('cluster validate')
  const validated = expectOk(await cluster.validateCluster(dir, given), cluster.renderValidate)
  validating.finish(`${Object.keys(validated.resource_digests).length} resources`)
  if (!existsSync(join(dir, '__cluster', 'state.json'))) {
    const importing = startStep('cluster import')
    expectOk(await cluster.importCluster(dir, given), cluster.renderRefresh)
    importing.finish('ledger created')
  }
  const planning = startStep('cluster plan')
  const plan = expectOk(await cluster.planCluster(dir, given), cluster.renderPlan)
  planning.finish(plan.changes.length === 0 ? 'no changes' : `${plan.changes.length} changes`)
  const applying = startStep('cluster apply')
  const applied = expectOk(await cluster.applyCluster(dir, given), cluster.renderApply)
  applying.finish(applied.state_written ? `${applied.applied_count} applied` : 'converged already')
}

function expectOk<T extends { ok: boolean; diagnostics: readonly unknown[] }>(
  document: T,
  render: (d: T) => string,
): T {
  if (document.ok) return document
  throw new CommandError(
    'demo_cluster_failed',
    `The demo's cluster could not be brought up.\n${render(document)}`,
    {
      remedy: 'Correct what is named above, or remove the demo directory to start over.',
    },
  )
}

async function loadTeam(dir: string, startStep: StartStep): Promise<void> {
  const step = startStep('load team')
  const cluster = await openCluster(dir, 'operator')
  const graph = await cluster.open('team', 'write')
  try {
    const result = await graph.load(lines(readFileSync(join(dir, 'seed.jsonl'))), {
      mode: 'merge',
      ...(cluster.principal && { principal: cluster.principal }),
    })
    step.finish(`${result.nodes} nodes, ${result.edges} edges; ${result.commit ? 'loaded' : 'already there'}`)
  } finally {
    graph.close()
  }
}

async function* lines(content: Uint8Array): AsyncIterable<Uint8Array> {
  yield content
}

function newToken(): string {
  return randomBytes(24).toString('base64url')
}

async function startServer(
  dir: string,
  bind: string,
  tokens: Record<string, string>,
): Promise<RunningServer> {
  const { serve } = await import('@groundplane/server')
  const assets = consoleDir()
  const server = await serve({
    clusterDir: dir,
    bind,
    tokens,
    logLevel: 'warn',
    print: () => {},
    ...(assets !== undefined && { consoleDir: assets }),
  })
  note(`  ✓ ${'serve'.padEnd(26)} ${server.url}, graphs ${server.graphs.join(', ')}\n`)
  return server
}

/** Over the wire, like any client: start the run, follow its events, read its report. */
async function investigate(server: RunningServer, token: string, sentence: string): Promise<IncidentReport> {
  const { createClient } = await import('@groundplane/client')
  const client = createClient({ baseUrl: server.url, token })
  note(`  "${sentence}"`)
  const { runId } = await client.incidents.start(sentence)
  for await (const event of client.incidents.events(runId)) noteEvent(event)
  const run = await client.incidents.get(runId)
  if (run.report) return run.report
  throw new CommandError('run_failed', `The run ${runId} ended without a report.`, {
    kind: 'internal',
    remedy:
      'See what the run says of itself on its page in the console, or in the events of the run; then run the demo again.',
    details: { status: run.status },
  })
}

function printOutcome(report: IncidentReport, json: boolean): void {
  if (json) {
    note(`\n${verdictTable(report.checks)}\n`)
    print(JSON.stringify(report))
  } else print(`\n${verdictTable(report.checks)}\n\n${report.report}`)
}
