import { randomBytes } from 'node:crypto'
import { writeMark } from './conditional-write.js'
import type { Retry } from './retry.js'
import { writeFailed } from './s3-error.js'
import { classifyFailure } from './s3-failure.js'
import type { Condition, S3Objects } from './s3-objects.js'
import { StorageError } from './storage-error.js'

const RACERS = 8
const NO_SUCH_TAG = '"00000000000000000000000000000000"'

/**
 * Proves, before a root writes its first condition, that the server obeys them: a server that
 * does not know the headers ignores them and overwrites in silence.
 * On a key of its own, which is removed again: If-Match where nothing is stored
 * and with a wrong tag must be refused; of eight If-None-Match puts sent at once,
 * and of eight If-Match puts with the current tag, exactly one must win.
 *
 * A race that one wins is evidence, not proof, of atomicity; a server that
 * checks and then writes is caught with high probability only.
 */
export async function proveConditions(objects: S3Objects, retry: Retry): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const key = `conditional-write-probe/${randomBytes(16).toString('hex')}`
    const verdict = await probe(objects, key)
    await retry.idempotent(() => objects.remove(key)).catch(() => {}) // inert where it is
    if (verdict === 'obeyed') return
    if ('ignored' in verdict) throw conditionsIgnored(objects, verdict.ignored)
    // An answer was lost, so the counts say nothing; a new key starts clean.
    if (!verdict.worthAnotherTry || attempt >= retry.attempts)
      throw writeFailed(objects.location, key, verdict.failed)
    await retry.wait(attempt)
  }
}

type ProbeVerdict =
  | 'obeyed'
  | { readonly ignored: string }
  | { readonly failed: unknown; readonly worthAnotherTry: boolean }

/** The tags of the puts that were carried out, and what kept the others from being judged. */
interface RaceOutcome {
  readonly won: readonly string[]
  readonly conflicts: number
  readonly failed?: unknown
}

async function probe(objects: S3Objects, key: string): Promise<ProbeVerdict> {
  const onNothing = await race(objects, key, 1, { ifMatch: NO_SUCH_TAG })
  if (onNothing.failed) return failed(onNothing.failed)
  if (onNothing.won.length > 0) return { ignored: 'If-Match created an object where there was none' }

  const created = await race(objects, key, RACERS, { ifNoneMatch: true })
  if (created.failed) return failed(created.failed)
  const [etag] = created.won
  if (etag === undefined) return undecided('If-None-Match')
  if (created.won.length > 1)
    return { ignored: `${created.won.length} of ${RACERS} puts with If-None-Match created the same object` }

  const stale = await race(objects, key, 1, { ifMatch: NO_SUCH_TAG })
  if (stale.failed) return failed(stale.failed)
  if (stale.won.length > 0) return { ignored: 'If-Match with a wrong tag replaced an object' }

  const swapped = await race(objects, key, RACERS, { ifMatch: etag })
  if (swapped.failed) return failed(swapped.failed)
  if (swapped.won.length === 0) return undecided('If-Match')
  if (swapped.won.length > 1)
    return { ignored: `${swapped.won.length} of ${RACERS} puts with the same If-Match tag were carried out` }
  return 'obeyed'
}

async function race(
  objects: S3Objects,
  key: string,
  racers: number,
  condition: Condition,
): Promise<RaceOutcome> {
  const won: string[] = []
  let conflicts = 0
  let failure: unknown
  await Promise.all(
    Array.from({ length: racers }, async () => {
      const body = randomBytes(16)
      try {
        won.push(await objects.put(key, body, writeMark('probe'), condition))
      } catch (error) {
        const kind = classifyFailure(error)
        if (kind === 'refused' || (kind === 'absent' && 'ifMatch' in condition)) return
        if (kind === 'busy') conflicts++
        else failure = error
      }
    }),
  )
  return { won, conflicts, ...(failure !== undefined && { failed: failure }) }
}

function failed(error: unknown): ProbeVerdict {
  const kind = classifyFailure(error)
  if (kind === 'unsupported') return { ignored: `it refuses them: ${(error as Error).message}` }
  return { failed: error, worthAnotherTry: kind === 'unknown' }
}

function undecided(header: string): ProbeVerdict {
  return { failed: new Error(`no put with ${header} was carried out`), worthAnotherTry: true }
}

function conditionsIgnored({ location }: S3Objects, what: string): StorageError {
  return new StorageError(
    'unsupported',
    'storage_conditions_ignored',
    `the server of s3://${location.bucket} does not obey conditional writes: ${what}`,
    {
      remedy:
        'Use a server whose PutObject decides If-Match and If-None-Match atomically, such as Amazon S3, or a directory. Nothing was written but a probe object, which was removed.',
    },
  )
}
