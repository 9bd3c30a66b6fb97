import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { open, readdir, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@groundplane/core'
import { StorageError } from './storage-error.js'

/**
 * Mutual exclusion between processes over one file, that needs no lock server
 * and no cleaning up after a crash.
 *
 * A writer announces itself with a claim file whose name is unique to it, then
 * lists the claims. Two writers cannot both find themselves alone: whichever
 * listed second saw the other's claim and withdraws. The name carries the
 * writer's process, so a dead writer's claim is recognised and removed; since
 * names are never reused, removing one can never hit a living writer.
 */
export interface Claim {
  /** Unique among all claims ever made; also names the writer's temporary files. */
  readonly id: string
  release(): Promise<void>
}

const CLAIM = /^\.(.+)\.([0-9a-f]+-\d+-\d+-[0-9a-f]{12})\.(claim|tmp)$/

/** `<host and pid namespace>-<pid>-<process start>-<random>` */
export function newClaimId(): string {
  return `${machine()}-${process.pid}-${startOf(process.pid)}-${randomBytes(6).toString('hex')}`
}

export function temporaryName(name: string, claimId: string): string {
  return `.${name}.${claimId}.tmp`
}

export async function claim(
  directory: string,
  name: string,
  { waitMs = 10_000, now = Date.now, sleep = pause } = {},
): Promise<Claim> {
  const deadline = now() + waitMs
  for (let attempt = 0; ; attempt++) {
    const id = newClaimId()
    const path = join(directory, `.${name}.${id}.claim`)
    await (await open(path, 'wx')).close()
    const release = () => unlink(path).catch(ignoreAbsent)
    const others = await livingClaims(directory, name, id).catch(async (error) => {
      await release()
      throw error
    })
    if (others.length === 0) return { id, release }
    await release()
    if (now() >= deadline) {
      throw new StorageError('unavailable', 'storage_busy', `another writer holds ${join(directory, name)}`, {
        remedy: `Try again. If no other process is writing, remove ${join(directory, others[0] as string)}.`,
        retry: { afterMs: 1000 },
      })
    }
    await sleep(1 + Math.random() * Math.min(50, 2 ** Math.min(attempt, 6)))
  }
}

/** Removes what dead writers of this machine left in a directory. Hits no living writer. */
export async function sweepDeadWriters(directory: string): Promise<void> {
  await livingClaims(directory, '', '')
}

/** Names of claims by writers that may be alive, this one apart. Removes what dead writers of this machine left in the directory. */
async function livingClaims(directory: string, name: string, own: string): Promise<string[]> {
  const living: string[] = []
  for (const entry of await readdir(directory)) {
    const match = CLAIM.exec(entry)
    if (!match || match[2] === own) continue
    if (isDead(match[2] as string)) await unlink(join(directory, entry)).catch(ignoreAbsent)
    else if (match[1] === name && match[3] === 'claim') living.push(entry)
  }
  return living
}

/** Certain only about this machine: a claim from another one counts as living. */
function isDead(claimId: string): boolean {
  const [host, pidText, start] = claimId.split('-') as [string, string, string]
  if (host !== machine()) return false
  const pid = Number(pidText)
  try {
    process.kill(pid, 0)
  } catch (error) {
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

export function ignoreAbsent(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
