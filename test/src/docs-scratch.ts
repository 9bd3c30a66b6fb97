import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateWarehouses } from '@groundplane/warehouse'
import { CLI, EXAMPLE } from './command.js'
import { simpleCommand } from './shell-words.js'
import { WarmCommand } from './warm-command.js'

const CURL = fileURLToPath(new URL('./docs-curl.js', import.meta.url))

export interface ShellResult {
  readonly code: number | null
  readonly output: string
}

/**
 * Where the examples of a page run, or of pages one after another: a directory for each, with `groundplane` and `curl`
 * on the path. Pages at the same time have one each, so that it is the page that decides which commands are processes.
 */
export class Scratch {
  readonly #warm = new WarmCommand()
  readonly #root = mkdtempSync(join(tmpdir(), 'groundplane-docs-'))
  readonly #bin = join(this.#root, 'bin')
  readonly #children: ChildProcess[] = []
  #warehouses: string | undefined
  url = ''

  constructor() {
    mkdirSync(this.#bin)
    for (const [name, script] of [
      ['groundplane', CLI],
      ['curl', CURL],
    ] as const) {
      const file = join(this.#bin, name)
      writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`)
      chmodSync(file, 0o755)
    }
  }

  empty(name: string): string {
    const dir = join(this.#root, name)
    mkdirSync(dir)
    return dir
  }

  /** A copy of the example cluster with its warehouses, not yet imported. The big table without lineage is kept short. */
  olist(name: string): string {
    const dir = join(this.#root, name)
    cpSync(EXAMPLE, dir, {
      recursive: true,
      filter: (path) => !/[\\/](__cluster|graphs|data)$/.test(path),
    })
    if (this.#warehouses === undefined) {
      this.#warehouses = join(this.#root, 'warehouses')
      generateWarehouses({ dir: this.#warehouses, scale: { geolocation: 0.002 } })
    }
    cpSync(this.#warehouses, join(dir, 'data'), { recursive: true })
    return dir
  }

  /** An applied cluster of one small graph with rows: the example's team, without its warehouses. */
  async team(name: string): Promise<string> {
    const dir = this.empty(name)
    for (const part of ['team.pg', 'queries', 'base.policy.yaml', 'seed.jsonl'])
      cpSync(join(EXAMPLE, part), join(dir, part), { recursive: true })
    writeFileSync(
      join(dir, 'cluster.yaml'),
      `version: 1
metadata: { name: team }
graphs: { team: { schema: team.pg, queries: queries/ } }
policies: { base: { file: base.policy.yaml, applies_to: [team] } }
`,
    )
    const steps = ['cluster import', 'cluster apply', 'load --cluster . --data seed.jsonl --as operator']
    const made = await this.run(steps.map((step) => `groundplane ${step}`).join(' && '), dir)
    if (made.code !== 0) throw new Error(made.output)
    return dir
  }

  /**
   * Runs one line as a person would, in `sh`; where there is nothing for a shell to do, mostly where
   * other commands have run before. Answers stdout and then stderr.
   */
  async run(command: string, cwd: string): Promise<ShellResult> {
    const { words: [program, ...args] = [], env } = simpleCommand(command) ?? {}
    if (program === 'groundplane' && this.#warm.takes(args)) {
      const { code, stdout, stderr } = await this.#warm.run({ args, cwd, env: { ...this.#env(cwd), ...env } })
      return { code, output: `${stdout}\n${stderr}` }
    }
    const child = spawn('sh', ['-c', command], {
      cwd,
      env: this.#env(cwd),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    return { code, output: `${stdout}\n${stderr}` }
  }

  /** Serves a cluster directory on a free port and remembers its address. */
  async serve(cwd: string, tokens: Readonly<Record<string, string>>): Promise<void> {
    const child = spawn(process.execPath, [CLI, 'serve', '--cluster', cwd, '--bind', '127.0.0.1:0'], {
      env: { ...this.#env(cwd), GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify(tokens) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#children.push(child)
    this.url = await new Promise<string>((resolve, reject) => {
      let text = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const found = /listening on (\S+)/.exec(text)
        if (found) resolve(found[1] as string)
      })
      child.on('close', (code) => reject(new Error(`the server ended with ${code}`)))
    })
  }

  remove(): void {
    for (const child of this.#children) child.kill('SIGTERM')
    this.#warm.stop()
    rmSync(this.#root, { recursive: true, force: true })
  }

  /** The operator's home is in the directory of the page: what one page keeps is not another's. */
  #env(cwd: string): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: `${this.#bin}${delimiter}${process.env['PATH'] ?? ''}`,
      NO_COLOR: '1',
      GROUNDPLANE_HOME: join(cwd, '.groundplane'),
    }
  }
}
