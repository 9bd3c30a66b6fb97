/**
 * A process that runs one command after another, each as `node main.js ARGS` would be run: its arguments,
 * directory, environment, streams and exit code, at the cost of its work alone. What a process must load and
 * warm up, this one has done once. It takes a `HostedCommand` per message, answers with a `HostedResult`,
 * and ends with the process that started it.
 */
import { pathToFileURL } from 'node:url'

export interface HostedCommand {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

export interface HostedResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const [, , main] = process.argv as [string, string, string]
const NODE = process.argv[0] as string
let runs = 0

process.on('message', (command: HostedCommand) => {
  void run(command).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit())

async function run({ args, cwd, env }: HostedCommand): Promise<HostedResult> {
  process.chdir(cwd)
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
  process.argv = [NODE, main, ...args]
  process.exitCode = undefined
  const streams = [captured(process.stdout), captured(process.stderr)] as const
  const ownListeners = listeners()
  // The composition root runs when it is loaded: by another address it is loaded again, and it alone.
  await import(`${pathToFileURL(main).href}?run=${++runs}`)
  await new Promise((resolve) => setImmediate(resolve))
  for (const { of, event, found } of listeners()) {
    const known = ownListeners.find((own) => own.of === of && own.event === event)?.found
    for (const listener of found) if (!known?.includes(listener)) of.removeListener(event, listener)
  }
  const code = Number(process.exitCode ?? 0)
  process.exitCode = undefined
  const [stdout, stderr] = streams.map((stream) => stream.release()) as [string, string]
  return { code, stdout, stderr }
}

/** Keeps what is written to a stream instead of writing it. */
function captured(stream: NodeJS.WriteStream): { release(): string } {
  const kept: Buffer[] = []
  const write = stream.write
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    kept.push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk))
    const done = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined
    if (done !== undefined) process.nextTick(done)
    return true
  }) as typeof stream.write
  return {
    release() {
      stream.write = write
      return Buffer.concat(kept).toString('utf8')
    },
  }
}

/** What a command hangs on its process and would take along at its end. */
function listeners() {
  const hung = [
    [process, ['uncaughtException', 'SIGINT', 'SIGTERM']],
    [process.stdout, ['error']],
    [process.stderr, ['error']],
  ] as const
  return hung.flatMap(([of, events]) =>
    events.map((event) => ({
      of: of as NodeJS.EventEmitter,
      event: event as string,
      found: (of as NodeJS.EventEmitter).listeners(event) as ((...args: unknown[]) => void)[],
    })),
  )
}
