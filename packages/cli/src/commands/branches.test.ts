import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const CLI = fileURLToPath(new URL('../main.js', import.meta.url))
let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-branches-'))
  writeFileSync(join(dir, 'people.pg'), 'node Person { name: String @key age: I32? }')
  writeFileSync(join(dir, 'more.jsonl'), '{"type":"Person","data":{"name":"b","age":2}}')
  json('init', '--schema', 'people.pg', 'people.gp')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function run(...args: string[]) {
  return spawnSync(process.execPath, [CLI, ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, GROUNDPLANE_HOME: join(dir, 'no-home') },
  })
}

function json(...args: string[]) {
  const { stdout, status } = run(...args, '--json')
  return { status, ...JSON.parse(stdout) }
}

const put = (name: string, age: number) => `query put() { insert Person { name: "${name}", age: ${age} } }`
const ALL = 'query all() { match { $p: Person } return { $p.name, $p.age } }'
const rows = (...args: string[]) => json('query', '--store', 'people.gp', '-e', ALL, ...args).rows

it('carries a branch from its making to its merge and the changes it brought', () => {
  const { commit } = json('mutate', '--store', 'people.gp', '-e', put('a', 1))
  expect(json('branch', 'create', 'review/1', 'people.gp', '--from', commit.id).branch.head).toBe(commit.id)
  const loaded = json(
    'load',
    'people.gp',
    '--data',
    'more.jsonl',
    '--branch',
    'review/1',
    '--if-commit',
    commit.id,
  )
  expect(loaded.inserted).toBe(1)
  expect([rows().length, rows('--branch', 'review/1').length]).toEqual([1, 2])
  expect(
    json('query', '--store', 'people.gp', '-e', ALL, '--branch', 'review/1', '--if-commit', commit.id),
  ).toMatchObject({
    error: { code: 'commit_mismatch' },
  })
  expect(json('branch', 'list', 'people.gp').branches.map((b: { name: string }) => b.name)).toEqual([
    'main',
    'review/1',
  ])
  expect(run('branch', 'merge', 'review/1', 'people.gp', '--dry-run').stdout).toContain('inserted Person b')
  expect(rows().length).toBe(1)
  const merged = json('branch', 'merge', 'review/1', 'people.gp', '--delete-branch')
  expect(merged).toMatchObject({ ok: true, outcome: 'fast-forward', branchDeleted: true })
  expect(rows().length).toBe(2)
  const diff = json('changes', 'people.gp', '--from', commit.id)
  expect(diff.changes).toMatchObject([{ op: 'inserted', id: 'b' }])
  expect(json('changes', 'people.gp', '--start', `after:${commit.id}`).blocks).toHaveLength(1)
  expect(run('export', 'people.gp', '--branch', 'main').stdout.trim().split('\n')).toHaveLength(2)
}, 60_000)

it('prints every conflict, exits 1 and merges nothing', () => {
  json('branch', 'create', 'c', 'people.gp')
  json('mutate', '--store', 'people.gp', '-e', put('a', 7))
  json('mutate', '--store', 'people.gp', '-e', put('a', 8), '--branch', 'c')
  const { status, stdout } = run('branch', 'merge', 'c', 'people.gp')
  expect(status).toBe(1)
  expect(stdout).toContain('1 conflict; nothing was merged')
  expect(stdout).toContain('divergent-update: Person "a"')
  expect(json('branch', 'merge', 'c', 'people.gp', '--dry-run')).toMatchObject({
    status: 1,
    ok: false,
    conflicts: [{ kind: 'divergent-update', properties: ['age'] }],
  })
  expect(json('branch', 'delete', 'c', 'people.gp').branch.name).toBe('c')
}, 60_000)
