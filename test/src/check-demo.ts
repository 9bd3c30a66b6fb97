/**
 * `node test/dist/check-demo.js FIRST SECOND DIR`: reads the documents that two runs of the demo
 * printed as their last lines and holds them, and the catalog they left in DIR, to what
 * the demo promises. Prints one line per promise; exit 1 when one is broken.
 */
import { readFileSync } from 'node:fs'
import { runJson } from './command.js'

interface Check {
  assertion: string
  dataset: string
  verdict: string
  production: { result: string; failed: number }
}

interface IncidentDocument {
  runId: string
  affected: string[]
  suspects: { urn: string; score: number }[]
  checks: Check[]
  incidents: string[]
  wallMs: number
  receipt: { graph: string; commit: string }
}

interface Commit {
  id: string
  provenance: { runId?: string }
}

const FAULTS: Readonly<Record<string, number>> = {
  olist_customers: 7955,
  olist_order_items: 5632,
  olist_products: 988,
}

let passed = 0
let failed = 0
function promise(what: string, kept: boolean, seen: unknown): void {
  if (kept) passed++
  else failed++
  process.stdout.write(`${kept ? 'ok' : 'NOT OK'} - ${what}${kept ? '' : `: ${JSON.stringify(seen)}`}\n`)
}

function lastLine(file: string): IncidentDocument {
  return JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) as string) as IncidentDocument
}

function tableOf(urn: string): string {
  return /\.([a-z_]+),[A-Z]+\)$/.exec(urn)?.[1] ?? urn
}

function checkDocument(run: string, document: IncidentDocument): void {
  const production = document.checks.filter((c) => c.verdict === 'production-only')
  const sizes = Object.fromEntries(production.map((c) => [tableOf(c.dataset), c.production.failed]))
  promise(
    `${run}: three production-only checks of the planted sizes`,
    JSON.stringify(Object.entries(sizes).sort()) === JSON.stringify(Object.entries(FAULTS).sort()),
    sizes,
  )
  const both = document.checks.filter((c) => c.verdict === 'both-pass').length
  promise(
    `${run}: eight checks pass on both sides and there are no others`,
    both === 8 && document.checks.length === 11,
    document.checks.map((c) => c.verdict),
  )
  promise(`${run}: three incidents`, new Set(document.incidents).size === 3, document.incidents)
  promise(
    `${run}: the affected datasets include a revenue view`,
    document.affected.some((urn) =>
      /^v_(product_sales|seller_performance|order_payments|order_details)$/.test(tableOf(urn)),
    ),
    document.affected,
  )
  const firstThree = document.suspects
    .slice(0, 3)
    .map((s) => tableOf(s.urn))
    .sort()
  promise(
    `${run}: the true causes are the first suspects`,
    JSON.stringify(firstThree) === JSON.stringify(Object.keys(FAULTS).sort()),
    document.suspects,
  )
  promise(`${run}: the incident alone takes at most two seconds`, document.wallMs <= 2000, document.wallMs)
}

const [firstFile, secondFile, dir] = process.argv.slice(2)
if (firstFile === undefined || secondFile === undefined || dir === undefined) {
  process.stderr.write('usage: node test/dist/check-demo.js FIRST SECOND DIR\n')
  process.exit(2)
}
const first = lastLine(firstFile)
const second = lastLine(secondFile)
checkDocument('first run', first)
checkDocument('second run', second)
promise(
  'the second run finds the same incidents',
  JSON.stringify([...second.incidents].sort()) === JSON.stringify([...first.incidents].sort()),
  second.incidents,
)

const { commits } = await runJson<{ commits: Commit[] }>([
  'commit',
  'list',
  '--cluster',
  dir,
  '--graph',
  'catalog',
  '--as',
  'operator',
  '--limit',
  '1000',
])
const ofSecond = commits.findIndex((c) => c.provenance.runId === first.runId)
const since = commits.slice(0, ofSecond)
promise(
  'the second run adds no commit to the catalog except its own',
  ofSecond > 0 && since.every((c) => c.provenance.runId === second.runId),
  since,
)
promise(
  'the receipt names a commit of the catalog',
  commits.some((c) => c.id === second.receipt.commit),
  second.receipt,
)

process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
