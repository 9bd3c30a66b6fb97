import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CLI } from './process.js'
import { type BenchRow, bounded, informed, median, spreadOf, told } from './row.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/olist-oncall/', import.meta.url))
/** Of a command that works on nothing, and of one that works on files here: over what Node takes to start. Milliseconds. */
const [MOST_TOLD, MOST_HERE] = [80, 200]
const ROUNDS = 15
const NAMES = 'query q() { match { $p: Person } return { $p.name } limit 5 }'

interface Started {
  readonly program: string
  readonly args: readonly string[]
}

const node = (...args: string[]): Started => ({ program: process.execPath, args })
const groundplane = (...args: string[]): Started => node(CLI, ...args)

/**
 * What a command takes from its start to its end, as who waits for it sees: over a Node that runs nothing.
 * Every round runs each command once, so that what else the machine does is shared by all.
 */
export async function cliBench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-cli-'))
  try {
    cpSync(EXAMPLE, join(dir, 'cluster'), { recursive: true })
    writeFileSync(join(dir, 'people.pg'), 'node Person {\n  name: String @key\n}\n')
    timed(groundplane('init', '--schema', 'people.pg', 'people.gp'), dir)
    const bounds: Readonly<Record<string, readonly [Started, number]>> = {
      '--version': [groundplane('--version'), MOST_TOLD],
      '--help': [groundplane('--help'), MOST_TOLD],
      'completion bash': [groundplane('completion', 'bash'), MOST_TOLD],
      'fmt --check': [groundplane('fmt', '--check', 'people.pg'), MOST_HERE],
      lint: [groundplane('lint', 'cluster'), MOST_HERE],
      'query a graph': [groundplane('query', '--store', 'people.gp', '-e', NAMES), MOST_HERE],
      'policy validate': [groundplane('policy', 'validate', '--config', 'cluster'), MOST_HERE],
      'cluster validate': [groundplane('cluster', 'validate', '--config', 'cluster'), MOST_HERE],
    }
    const others = peers()
    const all = { bare: node('-e', '0'), ...mapped(bounds, ([started]) => started), ...others }
    const times = mapped(all, () => [] as number[])
    const worked = mapped(all, () => 0)
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, started] of Object.entries(all)) {
        const before = processorMs()
        times[name]?.push(timed(started, dir))
        worked[name] = (worked[name] as number) + processorMs() - before
      }
    }
    const work = (name: string) => ((worked[name] as number) - (worked['bare'] as number)) / ROUNDS
    const of = (name: string) => times[name] as number[]
    const over = (name: string) => of(name).map((ms, round) => ms - (of('bare')[round] as number))
    return [
      ...Object.entries(bounds).map(([name, [, most]]) => ({
        ...bounded(`${name}, over bare Node`, 'ms', median(over(name)), most),
        spreads: { groundplane: spreadOf(over(name)) },
      })),
      ...Object.keys(bounds).map((name) => told(`${name}, processor time over bare Node`, 'ms', work(name))),
      informed(
        '--version, from start to end',
        'ms',
        median(of('--version')),
        { 'bare node': median(of('bare')), ...mapped(others, (_, name) => median(of(name))) },
        { groundplane: spreadOf(of('--version')), ...mapped(others, (_, name) => spreadOf(of(name))) },
      ),
    ]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The commands of other systems that are here: Terraform and dbt on the path, DataHub's where its tests put it. */
function peers(): Record<string, Started> {
  const installed = join(homedir(), '.cache', 'groundplane')
  const place = existsSync(installed)
    ? readdirSync(installed).find((name) => /^datahub-\d/.test(name))
    : undefined
  const datahub = place === undefined ? 'datahub' : join(installed, place, 'bin', 'datahub')
  const programs = { terraform: 'terraform', dbt: 'dbt', datahub }
  return Object.fromEntries(
    Object.entries(programs).flatMap(([name, program]) => {
      const found = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
      return found ? [[name, { program, args: ['--version'] }]] : []
    }),
  )
}

/** Milliseconds from start to end. A command that fails is no measurement. */
function timed({ program, args }: Started, cwd: string): number {
  const startedMs = performance.now()
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  const took = performance.now() - startedMs
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited ${status}:\n${stderr}`)
  return took
}

/** What the processes that have ended had of the processors, in ticks of 10 ms; 0 where /proc is absent. */
function processorMs(): number {
  if (!existsSync('/proc/self/stat')) return 0
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[13]) + Number(fields[14])) * 10
}

function mapped<T, U>(
  from: Readonly<Record<string, T>>,
  change: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, change(value, name)]))
}
