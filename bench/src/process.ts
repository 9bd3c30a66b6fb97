import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
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

/** Runs a program of this repository to its end and measures it from outside. */
export async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, {
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
export async function startServer(args: readonly string[], env: Record<string, string>): Promise<Listening> {
  const child = spawn(process.execPath, args, {
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
