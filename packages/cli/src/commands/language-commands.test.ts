import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'language-commands-'))
  mkdirSync(join(root, 'queries'))
  writeFileSync(join(root, 'cluster.yaml'), 'graphs: { people: { schema: people.pg, queries: queries } }\n')
  writeFileSync(join(root, 'people.pg'), 'node Person { name: String @key\n nick: String? city: String }\n')
  writeFileSync(
    join(root, 'queries/all.gq'),
    'query add($n: String) { insert Person { name: $n, city: "x" } }\nquery of($c: String) { match { $p: Person { city: $c } } return { $p.name } }\n',
  )
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('groundplane fmt', () => {
  it('names what it would change, changes it, and then has nothing to do', () => {
    const before = readFileSync(join(root, 'people.pg'), 'utf8')
    expect(run('fmt', '--check', '.')).toMatchObject({ status: 1, stdout: 'people.pg\nqueries/all.gq\n' })
    expect(readFileSync(join(root, 'people.pg'), 'utf8')).toBe(before)
    expect(run('fmt', '--check')).toMatchObject({ status: 1, stdout: 'people.pg\nqueries/all.gq\n' })
    expect(run('fmt', 'people.pg', 'queries')).toMatchObject({
      status: 0,
      stdout: 'people.pg\nqueries/all.gq\n',
    })
    expect(readFileSync(join(root, 'people.pg'), 'utf8')).toBe(
      'node Person {\n  name: String @key\n  nick: String?\n  city: String\n}\n',
    )
    expect(run('fmt', '--check', '.')).toMatchObject({ status: 0, stdout: '' })
  })

  it('leaves a file with syntax errors alone and says where they are', () => {
    writeFileSync(join(root, 'people.pg'), 'node Person {')
    const { status, stderr } = run('fmt', 'people.pg')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^people\.pg:1:13: error\[syntax-error\]/)
    expect(readFileSync(join(root, 'people.pg'), 'utf8')).toBe('node Person {')
  })

  it('refuses a file that is neither', () => {
    const { status, stderr } = run('fmt', 'cluster.yaml')
    expect(status).toBe(1)
    expect(stderr).toContain('error[file_kind_unknown]')
  })
})

describe('groundplane lint', () => {
  it('reports every file of the graphs of a directory, and warnings alone are no failure', () => {
    expect(run('lint')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('people.pg:2:2: warning[never-set-property]'),
      stderr: '0 errors, 1 warning\n',
    })
    expect(run('lint', '--strict').status).toBe(1)
  })

  it('knows large types from row counts', () => {
    writeFileSync(join(root, 'rows.json'), '{"Person": 50000}')
    const { status, stdout } = run('lint', '--json', '--row-counts', 'rows.json', 'queries/all.gq')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      diagnostics: [{ code: 'unindexed-filter', file: 'queries/all.gq', range: { start: { line: 2 } } }],
    })
  })

  it('fails on an error', () => {
    writeFileSync(join(root, 'queries/all.gq'), 'query q() { match { $p: Persn } return { $p } }')
    const { status, stdout } = run('lint', '.')
    expect(status).toBe(1)
    expect(stdout).toContain('queries/all.gq:1:25: error[unknown-type]')
  })

  it('says that a directory without a graph has none', () => {
    rmSync(join(root, 'cluster.yaml'))
    rmSync(join(root, 'people.pg'))
    expect(run('lint').stderr).toContain('error[graph_not_declared]')
  })
})

describe('groundplane lsp', () => {
  it('speaks the protocol on standard output and ends when told to', async () => {
    const server = spawn(process.execPath, [MAIN, 'lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const send = (message: object) => {
      const body = JSON.stringify({ jsonrpc: '2.0', ...message })
      server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    }
    let output = ''
    const answered = new Promise<void>((resolve) => {
      server.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes('"id":1')) resolve()
      })
    })
    const ended = new Promise<number | null>((resolve) => server.once('exit', resolve))
    send({ id: 1, method: 'initialize', params: { processId: process.pid, rootUri: null, capabilities: {} } })
    await answered
    expect(output).toMatch(/^Content-Length: \d+\r\n\r\n\{/)
    expect(output).toContain('"documentFormattingProvider":true')
    send({ id: 2, method: 'shutdown' })
    send({ method: 'exit' })
    expect(await ended).toBe(0)
  })
})
