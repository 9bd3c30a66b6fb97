import { spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wantsColor } from './output.js'

const CLI = fileURLToPath(new URL('./main.js', import.meta.url))
const SCHEMA = 'node Person { name: String @key }\n'
let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-cli-'))
  writeFileSync(join(dir, 'people.pg'), SCHEMA)
  expect(run(['init', '--schema', 'people.pg', 'people.gp']).status).toBe(0)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function run(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [CLI, ...args], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, GROUNDPLANE_HOME: join(dir, 'no-home'), ...env },
  })
}

/** The code of the one JSON document on stdout. */
function failureCode(stdout: string): string {
  return (JSON.parse(stdout) as { error: { code: string } }).error.code
}

describe('a command line that is wrong', () => {
  it.each([
    [['load', '--json']],
    [['query', '--json', '--nope']],
    [['incident', '--json']],
    [['query', 'a', 'b', '--json']],
    [['commit', 'list', '--limit', 'x', '--json']],
    [['schedule', 'run', '--asked-by', 'bob', '--json']],
  ])('is one JSON document and exit 2 when --json is asked for: %j', (args) => {
    const { status, stdout } = run(args)
    expect(status).toBe(2)
    expect(failureCode(stdout)).toBe('usage')
  })

  it.each([
    ['--timeout', '0'],
    ['--timeout', '99999999999'],
    ['--max-rows', ''],
    ['--max-rows', ' 5 '],
    ['--max-rows', '0x10'],
  ])('does not take %s %j', (option, value) => {
    const { status, stdout, stderr } = run(['query', '--store', 'people.gp', option, value, '-e', 'x'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(option)
  })
})

describe('what the operating system refuses', () => {
  it('is a coded failure without a stack trace', () => {
    const { status, stdout, stderr } = run(['demo', '--once', '--json', '--dir', 'people.pg/demo'])
    expect(status).toBe(1)
    expect(failureCode(stdout)).toBe('io_error')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('is a coded failure when standard output is full', () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'commit', 'list', 'people.gp'], {
      cwd: dir,
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    })
    closeSync(full)
    expect(status).toBe(1)
    expect(stderr).toContain('error[io_error]')
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

describe('a text file', () => {
  it('that is not UTF-8 is refused before anything is made of it', () => {
    writeFileSync(
      join(dir, 'latin.pg'),
      Buffer.from('node P { name: String @key @description("caf\xe9") }\n', 'latin1'),
    )
    const { status, stderr } = run(['init', '--schema', 'latin.pg', 'latin.gp'])
    expect(status).toBe(1)
    expect(stderr).toContain('error[file_not_utf8]')
    expect(run(['commit', 'list', 'latin.gp']).stderr).toContain('error[graph_not_found]')
  })

  it('may begin with a byte order mark and have CRLF line ends', () => {
    writeFileSync(join(dir, 'bom.pg'), `\uFEFF${SCHEMA.replaceAll('\n', '\r\n')}`)
    expect(run(['init', '--schema', 'bom.pg', 'bom.gp']).status).toBe(0)
    writeFileSync(join(dir, 'bom.json'), '\uFEFF{"n": "Ada"}')
    const add = 'query add($n: String) { insert Person { name: $n } }'
    expect(run(['mutate', '--store', 'bom.gp', '-e', add, '--params-file', 'bom.json']).status).toBe(0)
  })
})

describe('a graph of a cluster', () => {
  it('is known as one also through a symbolic link, so that its policies hold', () => {
    mkdirSync(join(dir, 'cluster', '__cluster'), { recursive: true })
    mkdirSync(join(dir, 'cluster', 'graphs'))
    expect(run(['init', '--schema', 'people.pg', 'loose.gp']).status).toBe(0)
    symlinkSync(join(dir, 'loose.gp'), join(dir, 'plain-link.gp'))
    expect(run(['export', 'plain-link.gp']).status).toBe(0)

    writeFileSync(join(dir, 'cluster', '__cluster', 'state.json'), 'a ledger that must be asked')
    mkdirSync(join(dir, 'cluster', 'graphs', 'people.gp'))
    symlinkSync(join(dir, 'cluster', 'graphs', 'people.gp'), join(dir, 'link.gp'))
    expect(run(['export', 'link.gp']).stderr).toContain('error[invalid_state_json]')
  })
})

describe('--quiet', () => {
  it('leaves out what is noted, and neither the result nor why something failed', () => {
    const add = ['mutate', '--store', 'people.gp', '-e', 'query add() { insert Person { name: "q" } }']
    const loud = run(add)
    expect([loud.status, loud.stderr]).toEqual([0, expect.stringContaining('writing to')])
    const remove = [
      'mutate',
      '--quiet',
      '--store',
      'people.gp',
      '-e',
      'query d() { delete Person where name = "q" }',
    ]
    const quiet = run(remove)
    expect([quiet.status, quiet.stderr]).toEqual([0, ''])
    expect(quiet.stdout).toContain('1 node')
    expect(run(['export', '--quiet', 'absent.gp']).stderr).toContain('error[graph_not_found]')
  })
})

describe('colours', () => {
  it('are for a terminal, and for none where NO_COLOR is set', () => {
    expect(wantsColor({ isTTY: true }, {})).toBe(true)
    expect(wantsColor({ isTTY: true }, { NO_COLOR: '' })).toBe(true)
    expect(wantsColor({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColor({ isTTY: false }, {})).toBe(false)
    expect(wantsColor({}, {})).toBe(false)
  })
})

describe('who acts', () => {
  it('is somebody: a blank --as is refused', () => {
    const { status, stderr } = run(['commit', 'list', 'people.gp', '--as', ' '])
    expect([status, stderr.includes('error[actor_invalid]')]).toEqual([1, true])
  })

  it('is kept by what a cluster imports and refreshes', () => {
    const config = join(dir, 'declared')
    mkdirSync(config)
    writeFileSync(join(config, 'people.pg'), SCHEMA)
    writeFileSync(
      join(config, 'cluster.yaml'),
      'version: 1\nmetadata: { name: people }\ngraphs: { people: { schema: people.pg } }\n',
    )
    const writtenBy = () =>
      (JSON.parse(readFileSync(join(config, '__cluster', 'state.json'), 'utf8')) as { written_by?: string })
        .written_by
    expect(run(['cluster', 'import', '--config', config, '--as', 'ada']).status).toBe(0)
    expect(writtenBy()).toBe('ada')
    expect(run(['cluster', 'apply', '--config', config, '--as', 'cyd']).status).toBe(0)
    rmSync(join(config, 'graphs'), { recursive: true })
    run(['cluster', 'refresh', '--config', config, '--as', 'bob'])
    expect(writtenBy()).toBe('bob')
  })

  it.each(['operator: { actor: 5 }', 'operator: { actor: "" }', 'operator: { actor: [ada] }', 'operator: ['])(
    'is not guessed from an operator config like %j',
    (text) => {
      mkdirSync(join(dir, 'home'), { recursive: true })
      writeFileSync(join(dir, 'home', 'config.yaml'), text)
      const { status, stdout } = run(['commit', 'list', 'people.gp', '--json'], {
        GROUNDPLANE_HOME: join(dir, 'home'),
      })
      expect(status).toBe(1)
      expect(failureCode(stdout)).toBe('operator_config_invalid')
    },
  )
})
