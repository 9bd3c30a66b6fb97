import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commandEnvironment, runCommand } from './command.js'
import { WarmCommand } from './warm-command.js'

const warm = new WarmCommand()
let dir: string
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-warm-'))
  writeFileSync(join(dir, 'people.pg'), 'node Person { name: String @key }\n')
  const store = join(dir, 'people.gp')
  const made = await runCommand(['init', '--schema', join(dir, 'people.pg'), store])
  expect(made.code, made.stderr).toBe(0)
})
afterAll(() => {
  warm.stop()
  rmSync(dir, { recursive: true, force: true })
})
const inTurn = (args: readonly string[], env: Record<string, string> = {}) =>
  warm.run({ args, cwd: dir, env: commandEnvironment(env) })

it.each([
  [['--version']],
  [['lint', 'people.pg']],
  [['query', '--nope', '--json']],
  [['cluster', 'nonsense']],
  [['branch', 'list', 'absent.gp']],
  [['branch', 'list', 'absent.gp', '--json']],
])('a command in turn ends, and says on each stream, what one of its own does: %j', async (args) => {
  const absolute = args.map((word) => (/\.(pg|gp)$/.test(word) ? join(dir, word) : word))
  const { code, stdout, stderr } = await runCommand(absolute)
  const first = await inTurn(absolute)
  expect(first).toEqual({ code, stdout, stderr })
  expect(await inTurn(absolute)).toEqual(first)
})

it('neither the directory nor the environment of one command is left to the next', async () => {
  const other = mkdtempSync(join(tmpdir(), 'groundplane-warm-'))
  const list = (env: Record<string, string>, cwd = dir) =>
    warm.run({ args: ['branch', 'list', 'people.gp', '--json'], cwd, env: commandEnvironment(env) })
  expect((await list({})).code).toBe(0)
  expect((await list({}, other)).code).toBe(1)
  const named = { GROUNDPLANE_PROFILE: 'nowhere' }
  const profile = (env: Record<string, string>) =>
    warm.run({ args: ['profile', 'show', '--json'], cwd: dir, env: commandEnvironment(env) })
  const [bare, set, again] = [await profile({}), await profile(named), await profile({})]
  expect(set.stdout).toContain('nowhere')
  expect(again).toEqual(bare)
  rmSync(other, { recursive: true })
})

it('the first of each kind is a process of its own, and so is what serves or reads standard input', () => {
  const fresh = new WarmCommand()
  const taken = (...args: string[]) => fresh.takes(args)
  expect([taken('cluster', 'plan'), taken('cluster', 'plan', '--json'), taken('cluster', 'apply')]).toEqual([
    false,
    true,
    false,
  ])
  expect([taken('serve'), taken('serve')]).toEqual([false, false])
  expect([taken('load', '--data', '-'), taken('load', '--data', 'f'), taken('load', '--data', '-')]).toEqual([
    false,
    false,
    false,
  ])
})

it('a process that ends amid a command is said to have ended, and the next command has another', async () => {
  const doomed = new WarmCommand()
  const ran = doomed.run({
    args: ['branch', 'list', 'people.gp'],
    cwd: join(dir, 'nowhere'),
    env: commandEnvironment(),
  })
  await expect(ran).rejects.toThrow('ended')
  const next = await doomed.run({ args: ['--version'], cwd: dir, env: commandEnvironment() })
  expect(next.code).toBe(0)
  doomed.stop()
})
