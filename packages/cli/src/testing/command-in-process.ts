import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { reportFailure } from '../output.js'
import { createProgram } from '../program.js'

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command line in this process, as `main` does in one of its own: what it writes is caught,
 * the variables given are set meanwhile. One at a time; a command line that is itself wrong throws.
 */
export async function runInProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ran> {
  let status = 0
  const program = createProgram('0.0.0', async (json, body) => {
    try {
      status = (await body()) ?? 0
    } catch (error) {
      status = reportFailure(error, json)
    }
  })
  const run = async () => {
    await program.parseAsync(['node', 'groundplane', ...args])
    return status
  }
  return caught(run, environment)
}

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))

/**
 * For a test of many commands: the first command of each `kind` is the process that users start, so that
 * its exit code and streams are those of one; the others run in this process, at the cost of their work.
 */
export class CommandsInTurn {
  readonly #begun = new Set<string>()

  run(kind: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ran> {
    if (this.#begun.has(kind)) return runInProcess(args, environment)
    this.#begun.add(kind)
    const env = { ...process.env, ...environment }
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) =>
        resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
      )
    })
  }
}

/** What a body that gives its exit code writes, with variables set meanwhile. */
export async function caught(
  body: () => Promise<number>,
  environment: Readonly<Record<string, string>>,
): Promise<Ran> {
  const written = { stdout: '', stderr: '' }
  const restore = [catching('stdout', written), catching('stderr', written), setting(environment)]
  try {
    return { status: await body(), ...written }
  } finally {
    for (const back of restore) back()
  }
}

function catching(name: 'stdout' | 'stderr', written: { stdout: string; stderr: string }): () => void {
  const stream = process[name]
  const { write } = stream
  stream.write = ((text: string | Uint8Array) => {
    written[name] += String(text)
    return true
  }) as typeof write
  return () => {
    stream.write = write
  }
}

function setting(environment: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, environment)
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
