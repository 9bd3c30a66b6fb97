import { randomBytes } from 'node:crypto'
import { open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isProcessGone, processIdentity } from '@groundplane/core'
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

/** `<process identity>-<random>` */
export function newClaimId(): string {
  return `${processIdentity()}-${randomBytes(6).toString('hex')}`
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
    if (isProcessGone(match[2] as string)) await unlink(join(directory, entry)).catch(ignoreAbsent)
    else if (match[1] === name && match[3] === 'claim') living.push(entry)
  }
  return living
}

export function ignoreAbsent(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
