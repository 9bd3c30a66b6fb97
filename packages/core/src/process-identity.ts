import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { sha256 } from './digest.js'

/**
 * Names this process among all that ever ran: `<machine>-<pid>-<start>`, letters,
 * digits and two dashes. Written into whatever a process may leave behind when it is
 * killed (locks, claims, runs), so that another can tell that it is gone.
 */
export function processIdentity(): string {
  return `${machine()}-${process.pid}-${startOf(process.pid)}`
}

/**
 * Whether the process that gave an identity is certainly gone. Of another machine,
 * another boot or another pid namespace nothing is known: those count as running.
 */
export function isProcessGone(identity: string): boolean {
  const [host, pidText, start] = identity.split('-') as [string, string?, string?]
  if (host !== machine()) return false
  const pid = Number(pidText)
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  return startOf(pid) !== start
}

let machineId: string | undefined

/** Changes with the host, its boot and the pid namespace, all of which give a pid another meaning. */
function machine(): string {
  machineId ??= sha256(
    [hostname(), readText('/proc/sys/kernel/random/boot_id'), linkTarget('/proc/self/ns/pid')].join('\n'),
  ).slice(0, 16)
  return machineId
}

/** Start time in clock ticks since boot where the system tells it, else `0`: guards against a reused pid. A zombie has none. */
function startOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`)
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' ? 'ended' : (fields[18] ?? '0')
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
