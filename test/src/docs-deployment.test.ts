import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CLI, REPOSITORY, runCommand } from './command.js'
import { blocksOf } from './docs-page.js'

// docs/deployment.md shows commands for tools that the tests do not all have (Docker, a Kubernetes). What they say of
// this repository is checked here: files, flags, values of the chart, names of what it makes.

const TEXT = readFileSync(join(REPOSITORY, 'docs/deployment.md'), 'utf8')
const BLOCKS = blocksOf('deployment.md', TEXT)
const PROSE = TEXT.replace(/^```[\s\S]*?^```$/gm, '')
/** What stands in backticks outside the blocks. */
const QUOTED = [...PROSE.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string)
const CHART = join(REPOSITORY, 'deploy/helm/groundplane')
const HELM = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'groundplane/deploy-tools-v3.19.0-1.37.0/helm',
)

const shell = (start: string): string => {
  const text = BLOCKS.filter(({ language }) => language === 'sh')
    .flatMap((block) => block.text.replaceAll(/\\\n\s*/g, ' ').split('\n'))
    .find((line) => line.startsWith(start))
  expect(text, `a command that starts with ${start}`).toBeDefined()
  return text as string
}
const help = (...command: string[]): string =>
  spawnSync(process.execPath, [CLI, ...command, '--help'], { encoding: 'utf8' }).stdout
const flagsOf = (text: string): string[] => text.match(/(?<=^|\s)--[a-z][\w-]*/g) ?? []

let scratch: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'groundplane-docs-deployment-'))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the page of deployment', () => {
  it('names files that are there', () => {
    const files = QUOTED.filter((word) => /^(deploy|test)\/[\w./-]+$/.test(word))
    expect(files.length).toBeGreaterThan(3)
    expect(files.filter((name) => !existsSync(join(REPOSITORY, name)))).toEqual([])
  })

  it('gives the command flags that it has', () => {
    const run = shell('docker run')
    const served = run.slice(run.indexOf(' serve '))
    expect(flagsOf(served)).toEqual(['--cluster', '--bind', '--tokens-file'])
    for (const flag of [...flagsOf(served), '--read-only', '--require-all-graphs'])
      expect([flag, help('serve').includes(` ${flag} `)]).toEqual([flag, true])
    const named = QUOTED.filter((word) => word.startsWith('--')).flatMap(flagsOf)
    const known = help('serve')
    expect(named.filter((flag) => !known.includes(flag))).toEqual([])
  })

  it('mounts what the image and its command then read', () => {
    const run = shell('docker run')
    const dockerfile = readFileSync(join(REPOSITORY, 'deploy/Dockerfile'), 'utf8')
    const mounted = [...run.matchAll(/ -v \S+?:(\/[\w./-]+)/g)].map((match) => match[1])
    expect(mounted).toEqual(['/data', '/run/tokens.json'])
    for (const path of mounted) expect(run.slice(run.indexOf(' serve '))).toContain(` ${path}`)
    expect(run).toContain('--read-only --tmpfs /tmp')
    expect(dockerfile).toMatch(/^VOLUME.*\/data|mkdir \/data/m)
    const built = shell('docker build')
    expect(existsSync(join(REPOSITORY, /-f (\S+)/.exec(built)?.[1] as string))).toBe(true)
  })

  it('names values that the chart has', () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>
    const set = [...shell('helm install').matchAll(/--set ([\w.]+)=/g)].map((match) => match[1] as string)
    const named = QUOTED.map((word) => word.replace(/=.*$/, '')).filter(
      (word) => /^[a-zA-Z]+(\.[a-zA-Z]+)+$/.test(word) && (word.split('.')[0] as string) in values,
    )
    expect(set.length).toBe(2)
    expect(named.length).toBeGreaterThan(6)
    const isThere = (path: string): boolean => {
      let at: unknown = values
      for (const key of path.split('.')) {
        if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false
        at = (at as Record<string, unknown>)[key]
      }
      return true
    }
    expect([...set, ...named].filter((path) => !isThere(path))).toEqual([])
  })

  it.skipIf(!existsSync(HELM))('installs objects of the kinds that it lists', () => {
    const [, name, chart, ...rest] = shell('helm install').split(/\s+/) as string[]
    const args = [
      'template',
      chart as string,
      join(REPOSITORY, rest[0] as string),
      ...rest.slice(1),
      '--kube-version',
      '1.33.0',
    ]
    expect(name).toBe('install')
    const env = {
      ...process.env,
      HELM_CACHE_HOME: scratch,
      HELM_CONFIG_HOME: scratch,
      HELM_DATA_HOME: scratch,
    }
    const { status, stdout, stderr } = spawnSync(HELM, args, { encoding: 'utf8', env })
    expect([status, stderr]).toEqual([0, ''])
    const shown = PROSE.slice(PROSE.indexOf('| Object | When |'), PROSE.indexOf('`values.yaml` explains'))
    const rendered = [...stdout.matchAll(/^kind: (\w+)$/gm)].map((match) => match[1] as string)
    expect(rendered).toContain('StatefulSet')
    expect([...new Set(rendered)].filter((kind) => !shown.includes(kind))).toEqual([])
  })

  it('has a unit that reloads, for `systemctl reload`', () => {
    const unit = readFileSync(join(REPOSITORY, 'deploy/systemd/groundplane.service'), 'utf8')
    expect(unit).toMatch(/^ExecReload=/m)
    const left = ['MemoryDenyWriteExecute', 'ProtectProc']
    for (const setting of left) {
      expect(QUOTED).toContain(setting)
      expect(unit).not.toMatch(new RegExp(`^${setting}=`, 'm'))
    }
  })

  it('separates what an image declares from where its state is, and a rollout that changes nothing writes nothing', async () => {
    const storage = QUOTED.find((word) => word.startsWith('storage: '))
    expect(storage).toBe('storage: /data')
    const config = join(scratch, 'image')
    const state = join(scratch, 'data')
    for (const dir of [config, state]) spawnSync('mkdir', [dir])
    writeFileSync(join(config, 'people.pg'), 'node Person { name: String @key }\n')
    writeFileSync(
      join(config, 'cluster.yaml'),
      `version: 1\nmetadata: { name: image }\n${storage?.replace('/data', state)}\ngraphs: { people: { schema: people.pg } }\n`,
    )
    const apply = () => runCommand(['cluster', 'apply', '--config', config, '--as', 'deploy', '--json'])
    await runCommand(['cluster', 'import', '--config', config, '--as', 'deploy'])
    expect(JSON.parse((await apply()).stdout)).toMatchObject({ converged: true, state_written: true })
    expect(existsSync(join(state, 'graphs/people.gp/graph.db'))).toBe(true)
    expect(existsSync(join(config, '__cluster'))).toBe(false)
    expect(JSON.parse((await apply()).stdout)).toMatchObject({ converged: true, state_written: false })
  }, 60_000)
})
