import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '../command.js'

export interface Ran {
  readonly code: number | null
  /** Both outputs, as they came. */
  readonly output: string
}

/** DataHub's own client in an environment of its own, with a home nobody else uses. */
export class PythonClient {
  readonly #directory: string
  readonly #home = mkdtempSync(join(tmpdir(), 'groundplane-datahub-'))

  /** Undefined where it is not installed and cannot be; why is on stderr. */
  static install(script = 'test/install-datahub.sh'): PythonClient | undefined {
    const { status, stdout } = spawnSync(join(REPOSITORY, script), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return status === 0 ? new PythonClient(stdout.trim()) : undefined
  }

  constructor(directory: string) {
    this.#directory = directory
  }

  /** A file in the client's home; answers its path. */
  write(name: string, text: string): string {
    const path = join(this.#home, name)
    writeFileSync(path, text)
    return path
  }

  /** How to start an installed program. */
  program(name: string, env: Readonly<Record<string, string>> = {}) {
    return { command: join(this.#directory, 'bin', name), cwd: this.#home, env: this.#environment(env) }
  }

  python(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return this.#run('python', args, env)
  }

  datahub(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return this.#run('datahub', args, env)
  }

  /** `datahub ingest` of a recipe. */
  ingest(recipe: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return this.datahub(['ingest', '-c', this.write('recipe.yaml', recipe)], env)
  }

  dispose(): void {
    rmSync(this.#home, { recursive: true, force: true })
  }

  #run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
    const { command, ...options } = this.program(program, env)
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
  }

  #environment(env: Readonly<Record<string, string>>): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.#home, DATAHUB_TELEMETRY_ENABLED: 'false', ...env }
  }
}
