import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
export const CLI = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url))
export const EXAMPLE = fileURLToPath(new URL('../../examples/olist-oncall/', import.meta.url))

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly wallMs: number
}

/** No operator's home but the one that is given, no colours. */
export function commandEnvironment(env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, NO_COLOR: '1', GROUNDPLANE_HOME: '/nonexistent', ...env }
}

/** The installed command as its user runs it: a process of its own. */
export function startCommand(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], {
    env: commandEnvironment(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs to the end, or kills it after `killAfterMs` with SIGKILL, the one no process can soften. */
export async function runCommand(
  args: readonly string[],
  options: {
    readonly killAfterMs?: number
    readonly input?: string
    readonly env?: Record<string, string>
  } = {},
): Promise<CommandResult> {
  const startedMs = performance.now()
  const child = startCommand(args, options.env)
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin?.end(options.input ?? '')
  const timer =
    options.killAfterMs === undefined
      ? undefined
      : setTimeout(() => child.kill('SIGKILL'), options.killAfterMs)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('close', (c, s) => resolve([c, s])),
  )
  clearTimeout(timer)
  return { code, signal, stdout, stderr, wallMs: performance.now() - startedMs }
}

/** Runs a command that must succeed and answers its JSON document. */
export async function runJson<T = Record<string, unknown>>(args: readonly string[]): Promise<T> {
  const result = await runCommand([...args, '--json'])
  if (result.code !== 0)
    throw new Error(
      `groundplane ${args.join(' ')} exited ${result.code}:\n${result.stderr}\n${result.stdout}`,
    )
  return JSON.parse(result.stdout) as T
}
