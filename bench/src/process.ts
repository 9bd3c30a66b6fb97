import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

export const CLI = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly wallMs: number
  /** Highest resident set of the process, from the kernel's own high-water mark; 0 where /proc is absent. */
  readonly peakMb: number
}

/** A processor that a child is kept on; absent: wherever the system puts it. */
export type Processor = number | undefined

/**
 * One processor for a server and another for who calls it, where the system can keep processes apart: two that change places
 * and push each other aside measure the scheduler. Null on one processor, and where there is no `taskset`.
 */
export function processorsApart(): { readonly server: number; readonly client: number } | null {
  const apart = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
  return apart ? { server: 0, client: 1 } : null
}

function commandOn(processor: Processor, args: readonly string[]): [string, readonly string[]] {
  const node = process.execPath
  return processor === undefined ? [node, args] : ['taskset', ['-c', String(processor), node, ...args]]
}

/** Runs a program of this repository to its end and measures it from outside. */
export async function run(
  args: readonly string[],
  env: Record<string, string> = {},
  processor?: Processor,
): Promise<Finished> {
  const startedMs = performance.now()
  const child = spawn(...commandOn(processor, args), {
    env: { ...process.env, ...env },
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
  let peakMb = 0
  const sampler = setInterval(() => {
    peakMb = Math.max(peakMb, memoryMb(child, 'VmHWM'))
  }, 25)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearInterval(sampler)
  return { code, stdout, stderr, wallMs: performance.now() - startedMs, peakMb }
}

/** What a program of this repository prints; that it fails is an error of the bench. */
export async function command(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stderr}`)
  return stdout
}

/** One memory figure of a live process in MB; 0 where the system has no /proc. */
export function memoryMb(child: ChildProcess, field: 'VmHWM' | 'VmRSS' | 'RssAnon'): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    const line = status.split('\n').find((l) => l.startsWith(`${field}:`))
    return line === undefined ? 0 : Number(line.replace(/\D+/g, '')) / 1024
  } catch {
    return 0
  }
}

export interface Listening {
  readonly child: ChildProcess
  readonly url: string
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>
}

/** Starts a program of this repository that prints the address it listens on. */
export async function startServer(
  args: readonly string[],
  env: Record<string, string>,
  processor?: Processor,
): Promise<Listening> {
  const child = spawn(...commandOn(processor, args), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const found = /http:\/\/[^\s]+/.exec(text)
      if (found) resolve(found[0])
    })
    child.once('exit', () => reject(new Error(`${args.join(' ')} did not start: ${text}`)))
  })
  return {
    child,
    url,
    async stop() {
      child.kill('SIGTERM')
      await closed
    },
  }
}
