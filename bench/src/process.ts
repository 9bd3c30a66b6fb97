import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

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
export function memoryMb(child: ChildProcess, field: 'VmHWM' | 'VmRSS'): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    const line = status.split('\n').find((l) => l.startsWith(`${field}:`))
    return line === undefined ? 0 : Number(line.replace(/\D+/g, '')) / 1024
  } catch {
    return 0
  }
}
