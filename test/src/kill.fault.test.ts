import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@groundplane/core'
import { generateWarehouses } from '@groundplane/warehouse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLE, runCommand, runJson } from './command.js'

/** How often each command is killed; the moments are spread over its whole run. */
const ROUNDS = Number(process.env.GROUNDPLANE_KILL_ROUNDS ?? 2)
const OPERATOR = ['--as', 'operator']

/**
 * Each round starts from the same prepared directory, kills the command at a random
 * moment, then runs it again as a user would. What must hold: the second run
 * succeeds, the result is the one an undisturbed run gives, and a third run has nothing to do.
 */
describe('kill -9 at a random moment', () => {
  let scratch: string
  let seed = Number(process.env.GROUNDPLANE_KILL_SEED ?? Date.now() % 2 ** 31)
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x7fffffff
  }

  beforeAll(async () => {
    process.stderr.write(`GROUNDPLANE_KILL_SEED=${seed} GROUNDPLANE_KILL_ROUNDS=${ROUNDS}\n`)
    scratch = mkdtempSync(join(tmpdir(), 'groundplane-kill-'))
    cpSync(EXAMPLE, join(scratch, 'declared'), { recursive: true })
    generateWarehouses({ dir: join(scratch, 'declared', 'data'), scale: { geolocation: 0.002 } })
    cpSync(join(scratch, 'declared'), join(scratch, 'imported'), { recursive: true })
    await runJson(['cluster', 'import', '--config', join(scratch, 'imported')])
    cpSync(join(scratch, 'imported'), join(scratch, 'applied'), { recursive: true })
    await runJson(['cluster', 'apply', '--config', join(scratch, 'applied'), ...OPERATOR])
  }, 180_000)

  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  async function killRounds(
    start: string,
    command: (dir: string) => string[],
    settled: (dir: string) => Promise<void>,
  ) {
    const undisturbed = join(scratch, 'undisturbed')
    cpSync(join(scratch, start), undisturbed, { recursive: true })
    const whole = await runCommand([...command(undisturbed), '--json'])
    expect(whole.code, whole.stderr + whole.stdout).toBe(0)
    rmSync(undisturbed, { recursive: true })
    for (let round = 0; round < ROUNDS; round++) {
      const dir = join(scratch, `round-${round}`)
      await interrupt(start, dir, command, random() * whole.wallMs)
      const again = await runCommand([...command(dir), '--json'])
      expect(again.code, `round ${round}: ${again.stderr}${again.stdout}`).toBe(0)
      await settled(dir)
      rmSync(dir, { recursive: true })
    }
  }

  /**
   * Leaves in `dir` what a killed command leaves. A command that ends before its moment
   * (it ran faster than the undisturbed one) is started afresh with half the time: every round has a kill.
   */
  async function interrupt(
    start: string,
    dir: string,
    command: (dir: string) => string[],
    killAfterMs: number,
  ): Promise<void> {
    cpSync(join(scratch, start), dir, { recursive: true })
    const interrupted = await runCommand([...command(dir), '--json'], { killAfterMs })
    if (interrupted.signal === 'SIGKILL') return
    expect(interrupted.code, interrupted.stderr).toBe(0)
    rmSync(dir, { recursive: true })
    await interrupt(start, dir, command, killAfterMs / 2)
  }

  it('during apply: the next apply converges and the one after changes no byte', async () => {
    await killRounds(
      'imported',
      (dir) => ['cluster', 'apply', '--config', dir, ...OPERATOR],
      async (dir) => {
        const before = sha256(readFileSync(join(dir, '__cluster', 'state.json')))
        const apply = await runJson<{ converged: boolean; state_written: boolean }>([
          'cluster',
          'apply',
          '--config',
          dir,
          ...OPERATOR,
        ])
        expect(apply).toMatchObject({ converged: true, state_written: false })
        expect(sha256(readFileSync(join(dir, '__cluster', 'state.json')))).toBe(before)
        const plan = await runJson<{ changes: unknown[] }>(['cluster', 'plan', '--config', dir])
        expect(plan.changes).toEqual([])
      },
    )
  }, 900_000)

  it('during load: the graph holds the whole file or nothing of it', async () => {
    const people = join(scratch, 'people')
    cpSync(join(scratch, 'applied'), people, { recursive: true })
    const data = join(scratch, 'people.jsonl')
    writeFileSync(data, bulkTeam(20_000))
    await killRounds(
      'people',
      (dir) => ['load', '--cluster', dir, '--graph', 'team', '--data', data, '--mode', 'merge', ...OPERATOR],
      async (dir) => {
        const commits = await runJson<{ commits: { kind: string }[] }>([
          'commit',
          'list',
          '--cluster',
          dir,
          '--graph',
          'team',
          ...OPERATOR,
        ])
        expect(commits.commits.filter((c) => c.kind === 'load')).toHaveLength(1)
        const exported = await runCommand(['export', '--cluster', dir, '--graph', 'team', ...OPERATOR])
        expect(exported.stdout.split('\n').filter((line) => line.includes('bulk-'))).toHaveLength(20_000)
      },
    )
  }, 900_000)

  it('during harvest: the catalog is what an undisturbed harvest makes of it', async () => {
    await killRounds(
      'applied',
      (dir) => ['harvest', '--cluster', dir, '--as', 'harvester'],
      async (dir) => {
        const again = await runJson<{ sources: { commit: string | null; datasets: number }[] }>([
          'harvest',
          '--cluster',
          dir,
          '--as',
          'harvester',
        ])
        expect(again.sources.map((s) => s.commit)).toEqual([null, null])
        expect(again.sources.map((s) => s.datasets)).toEqual([14, 14])
      },
    )
  }, 900_000)
})

/** Rows for the example's team graph; keyed, so that a second merge changes nothing. */
function bulkTeam(rows: number): string {
  const lines: string[] = []
  for (let i = 0; i < rows; i++)
    lines.push(
      JSON.stringify({
        type: 'Person',
        data: { handle: `bulk-${i}`, name: `Bulk ${i}`, email: `bulk-${i}@example.com`, timezone: 'UTC' },
      }),
    )
  return `${lines.join('\n')}\n`
}
