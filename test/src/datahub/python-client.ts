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
  static install(): PythonClient | undefined {
    const script = join(REPOSITORY, 'test/install-datahub.sh')
    const { status, stdout } = spawnSync(script, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
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
    const child = spawn(join(this.#directory, 'bin', program), args, {
      cwd: this.#home,
      env: { PATH: process.env['PATH'] ?? '', HOME: this.#home, DATAHUB_TELEMETRY_ENABLED: 'false', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
  }
}
