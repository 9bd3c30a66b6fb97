import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

const NONCE = randomBytes(6).toString('hex')

/** `host:pid:nonce` of this process; the nonce tells it from a later process with the same pid. */
export function ownProcess(): string {
  return `${hostname()}:${process.pid}:${NONCE}`
}

/**
 * Whether the process that recorded an identity is certainly gone. Of processes on
 * other machines nothing is known, so they count as alive.
 */
export function isDead(identity: string): boolean {
  const [nonce, pid, ...host] = identity.split(':').reverse()
  if (host.reverse().join(':') !== hostname()) return false
  if (Number(pid) === process.pid) return nonce !== NONCE
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (e) {
    // EPERM: it lives, and belongs to someone else.
    return (e as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
