import { createHash } from 'node:crypto'
import type { EntityChange } from '../api.js'
import { GraphError } from '../error.js'

/** Which changes are wanted; what is left out is all of it. */
export interface ChangeFilter {
  readonly kinds?: readonly ('node' | 'edge')[]
  /** Type names. */
  readonly types?: readonly string[]
  readonly ops?: readonly EntityChange['op'][]
}

export const DEFAULT_CHANGES = 1000
export const MAX_CHANGES = 8192

export function checkedLimit(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_CHANGES
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_CHANGES) return limit
  throw new GraphError(
    'invalid',
    'changes_limit',
    `A page holds 1 to ${MAX_CHANGES} changes, not ${limit}.`,
    {
      remedy: `Ask for ${MAX_CHANGES} at most, and for the next page with the token of this one.`,
    },
  )
}

export function wanted(filter: ChangeFilter, change: EntityChange): boolean {
  return (
    (filter.kinds?.includes(change.kind) ?? true) &&
    (filter.types?.includes(change.type) ?? true) &&
    (filter.ops?.includes(change.op) ?? true)
  )
}

/** Same filter, same text, however it was written. */
export function filterDigest(filter: ChangeFilter): string {
  const parts = [filter.kinds, filter.types, filter.ops].map((list) =>
    list ? [...new Set(list)].sort() : null,
  )
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 12)
}

/** Opaque to callers, and theirs to keep: the graph holds nothing about its readers. */
export function encodeToken(kind: 'page' | 'cursor', content: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify({ v: 1, kind, ...content })).toString('base64url')
}

/**
 * Refuses a token of another kind, graph or question: it must never continue something else. Its form is
 * no secret, so what else is in it may be anything: the caller checks it.
 */
export function decodeToken(
  token: string,
  kind: 'page' | 'cursor',
  binds: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  let content: Record<string, unknown> | null = null
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Record<string, unknown>
  } catch {
    throw rejected('it cannot be read')
  }
  if (typeof content !== 'object' || content === null || content.v !== 1) throw rejected('it cannot be read')
  if (content.kind !== kind) throw rejected(`a ${String(content.kind)} stands where a ${kind} is needed`)
  for (const [name, value] of Object.entries(binds)) {
    if (content[name] !== value) throw rejected(`it belongs to another ${name}`)
  }
  return content
}

export function rejected(why: string): GraphError {
  return new GraphError('invalid', 'cursor_rejected', `change cursor rejected: ${why}.`, {
    remedy: 'Use a cursor or page token as it was given, with the same question; or start anew.',
  })
}
