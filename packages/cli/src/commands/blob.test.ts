import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const CLI = fileURLToPath(new URL('../main.js', import.meta.url))
/** Every byte value, and more than one read of the store. */
const CONTENT = Buffer.from(Array.from({ length: 5 * 1024 * 1024 }, (_, i) => (i * 31 + (i >> 8)) % 256))
const DIGEST = createHash('sha256').update(CONTENT).digest('hex')
let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-blob-'))
  writeFileSync(join(dir, 'reports.pg'), 'node Report { name: String @key file: Blob? title: String? }')
  const lines = [
    { name: 'r', file: `base64:${CONTENT.toString('base64')}` },
    { name: 'small', file: `base64:${Buffer.from('0123456789').toString('base64')}` },
    { name: 'none' },
  ]
  const text = lines.map((data) => JSON.stringify({ type: 'Report', data })).join('\n')
  writeFileSync(join(dir, 'reports.jsonl'), text)
  expect(run('init', '--schema', 'reports.pg', 'reports.gp').status).toBe(0)
  expect(run('load', '--data', 'reports.jsonl', 'reports.gp').status).toBe(0)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: dir,
    env: { ...process.env, GROUNDPLANE_HOME: join(dir, 'no-home') },
    maxBuffer: 1 << 26,
  })
  return { status, stdout, stderr: String(stderr), json: () => JSON.parse(String(stdout)) }
}
const blob = (kind: string, id: string, ...more: string[]) =>
  run('blob', kind, 'node', 'Report', id, 'file', '--store', 'reports.gp', ...more)

it('is described by its size and the digest that is its entity tag over HTTP', () => {
  expect(String(blob('stat', 'r').stdout)).toBe(`managed  ${CONTENT.length} bytes  sha256:${DIGEST}\n`)
  expect(blob('stat', 'r', '--json').json()).toMatchObject({
    ok: true,
    kind: 'managed',
    size: CONTENT.length,
    digest: DIGEST,
    commit: expect.stringMatching(/^[0-9A-Z]{26}$/),
  })
})

it('is written whole to standard output or to a file, and nothing besides', () => {
  expect(blob('get', 'r').stdout.equals(CONTENT)).toBe(true)
  const { status, stdout } = blob('get', 'r', '--out', 'copy.bin')
  expect([status, stdout.length]).toEqual([0, 0])
  expect(readFileSync(join(dir, 'copy.bin')).equals(CONTENT)).toBe(true)
})

it.each([
  [['--offset', '2', '--length', '3'], '234'],
  [['--offset', '7'], '789'],
  [['--length', '2'], '01'],
  [['--offset', '8', '--length', '99'], '89'],
  [['--offset', '10'], ''],
  [['--offset', '99'], ''],
  [['--length', '0'], ''],
])('in the range %j is these bytes', (range, bytes) => {
  const { status, stdout } = blob('get', 'small', ...range)
  expect([status, String(stdout)]).toEqual([0, bytes])
})

it('of the past is read as it was then', () => {
  const { commit } = blob('stat', 'small', '--json').json()
  const line = {
    type: 'Report',
    data: { name: 'small', file: `base64:${Buffer.from('new').toString('base64')}` },
  }
  writeFileSync(join(dir, 'new.jsonl'), JSON.stringify(line))
  expect(run('load', '--data', 'new.jsonl', '--mode', 'merge', 'reports.gp').status).toBe(0)
  expect(String(blob('get', 'small').stdout)).toBe('new')
  expect(String(blob('get', 'small', '--snapshot', commit).stdout)).toBe('0123456789')
})

it('that is not there is a coded failure, and no file is made of it', () => {
  for (const [id, code] of [
    ['none', 'blob_not_found'],
    ['absent', 'entity_not_found'],
  ] as const) {
    for (const kind of ['get', 'stat']) {
      const { status, stderr, stdout } = blob(kind, id, ...(kind === 'get' ? ['--out', 'nothing.bin'] : []))
      expect([status, stdout.length]).toEqual([1, 0])
      expect(stderr).toContain(`error[${code}]`)
    }
  }
  expect(existsSync(join(dir, 'nothing.bin'))).toBe(false)
  const other = run('blob', 'stat', 'node', 'Report', 'r', 'title', '--store', 'reports.gp', '--json')
  expect(other.json().error.code).toBe('blob_property_unknown')
  expect(run('blob', 'get', 'thing', 'Report', 'r', 'file', '--store', 'reports.gp').stderr).toContain(
    'error[blob_entity]',
  )
})

it('cannot be written where nothing can, and says so', () => {
  const { status, stderr } = blob('get', 'small', '--out', 'no/such/dir/x.bin')
  expect(status).toBe(1)
  expect(stderr).toContain('error[io_error]')
})
