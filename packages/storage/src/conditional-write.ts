import { randomBytes } from 'node:crypto'
import type { Retry } from './retry.js'
import { absentAsNull, outcomeUnknown, preconditionFailed, writeFailed } from './s3-error.js'
import { classifyFailure, type S3Failure } from './s3-failure.js'
import type { Condition, S3Object, S3Objects } from './s3-objects.js'

/** Metadata of every object written here: which write made it, and the tag of what that write replaced. */
const WRITE = 'groundplane-write'
const REPLACED = 'groundplane-replaced'
const NOTHING = 'nothing'

export function writeMark(replaced: string): Record<string, string> {
  return { [WRITE]: randomBytes(16).toString('hex'), [REPLACED]: replaced.replaceAll('"', '') }
}

/** What a look at the object says about a write whose answer was lost. */
type Verdict =
  /** It was carried out, and the object is still this one. */
  | { readonly outcome: 'done'; readonly etag: string }
  /** What it was to replace is still there: not carried out, or not yet. Repeating it is safe. */
  | { readonly outcome: 'untouched' }
  /** Another write replaced exactly what this one was to replace: this one was not and cannot be carried out. */
  | { readonly outcome: 'lost' }
  /** The object has moved on by more than one write: either may be true. */
  | { readonly outcome: 'unknown' }

/**
 * A put that happens only while its condition holds. Resolves to the new tag.
 *
 * When an answer is lost, the request may or may not have been carried out. Then
 * the object is read back before anything else: each write carries an id of its own
 * and the tag it replaced, which tells `done`, `untouched` and `lost` apart even
 * when another writer writes the same bytes. It is sent again only while
 * untouched; the condition keeps the repetition, and the first request should it
 * arrive late, from taking effect twice.
 *
 * Throws `precondition_failed` when it certainly did not happen, and
 * `storage_outcome_unknown` when that cannot be told.
 */
export async function writeConditionally(
  objects: S3Objects,
  retry: Retry,
  key: string,
  body: Uint8Array,
  condition: Condition,
): Promise<{ etag: string }> {
  const expected = 'ifMatch' in condition ? condition.ifMatch : NOTHING
  const mark = writeMark(expected)
  let inDoubt = false
  for (let attempt = 1; ; attempt++) {
    let cause: unknown
    try {
      return { etag: await objects.put(key, body, mark, condition) }
    } catch (error) {
      cause = error
    }
    const failure = conditionalFailure(cause, condition)
    if (failure === 'unknown') inDoubt = true
    else if (failure === 'refused' && !inDoubt) throw preconditionFailed(key, 'its condition does not hold')
    else if (failure !== 'refused' && failure !== 'busy')
      throw inDoubt ? outcomeUnknown(key, cause) : writeFailed(objects.location, key, cause)
    if (inDoubt) {
      const verdict = await lookBack(objects, retry, key, mark, expected).catch((error) => {
        throw outcomeUnknown(key, error)
      })
      if (verdict.outcome === 'done') return { etag: verdict.etag }
      if (verdict.outcome === 'lost') throw preconditionFailed(key, 'someone else was quicker')
      if (verdict.outcome === 'unknown') throw outcomeUnknown(key, cause)
    }
    if (attempt >= retry.attempts)
      throw inDoubt ? outcomeUnknown(key, cause) : writeFailed(objects.location, key, cause)
    await retry.wait(attempt)
  }
}

/** S3 answers If-Match on a key without an object with 404. */
function conditionalFailure(error: unknown, condition: Condition): S3Failure {
  const failure = classifyFailure(error)
  return failure === 'absent' && 'ifMatch' in condition ? 'refused' : failure
}

async function lookBack(
  objects: S3Objects,
  retry: Retry,
  key: string,
  mark: Readonly<Record<string, string>>,
  expected: string,
): Promise<Verdict> {
  const found = await retry.idempotent(() => objects.get(key)).catch(absentAsNull)
  return judge(found, mark, expected)
}

export function judge(
  found: S3Object | null,
  mark: Readonly<Record<string, string>>,
  expected: string,
): Verdict {
  if (found?.metadata[WRITE] === mark[WRITE]) return { outcome: 'done', etag: (found as S3Object).etag }
  const now = found?.etag ?? NOTHING
  if (now === expected) return { outcome: 'untouched' }
  return found?.metadata[REPLACED] === mark[REPLACED] ? { outcome: 'lost' } : { outcome: 'unknown' }
}
