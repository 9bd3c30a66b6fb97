/** Conflicts of a merge, member by member. Pure. */
import type { MergeConflict } from '@groundplane/client'
import { parsed } from './entity-changes'

export interface ConflictingMember {
  path: string
  /** Undefined: not there. */
  base: unknown
  target: unknown
  source: unknown
}

export interface ShownConflict {
  key: string
  /** Undefined in a graph without URNs. */
  urn?: string
  /** The aspect, or the type of the row. */
  what: string
  id: string
  message: string
  remedy: string
  /** Members that both sides gave different values; empty where that is not what the conflict is about. */
  members: ConflictingMember[]
}

/** In a catalog the conflicts of aspects; the rows that follow from an aspect conflict with it, and are counted only. */
export function shownConflicts(conflicts: readonly MergeConflict[]): {
  shown: ShownConflict[]
  following: number
} {
  const aspects = conflicts.filter(({ type_name }) => type_name === 'Aspect')
  const told = aspects.length > 0 ? aspects : conflicts
  return { shown: told.map(shownConflict), following: conflicts.length - told.length }
}

function shownConflict(conflict: MergeConflict, index: number): ShownConflict {
  const { type_name, entity_id, kind, message, remedy, base, target, source } = conflict
  const row = target ?? source ?? base
  const isAspect = type_name === 'Aspect' && typeof row?.urn === 'string'
  const of = isAspect ? contentOf : (side: typeof base) => side ?? undefined
  return {
    key: `${index} ${kind} ${entity_id}`,
    ...(isAspect && { urn: String(row?.urn) }),
    what: isAspect ? String(row?.name) : type_name,
    id: isAspect ? String(row?.urn) : (entity_id ?? ''),
    message,
    remedy,
    members: conflictingMembers(of(base), of(target), of(source)),
  }
}

function contentOf(side: MergeConflict['base']): unknown {
  return typeof side?.text === 'string' ? parsed(side.text) : undefined
}

/** Members in which the two sides differ from each other; those that one side left as they were can go together. */
function conflictingMembers(base: unknown, target: unknown, source: unknown): ConflictingMember[] {
  const [b, t, s] = [membersOf(base), membersOf(target), membersOf(source)]
  const same = (x: unknown, y: unknown) => JSON.stringify(x) === JSON.stringify(y)
  return [...new Set([...Object.keys(t), ...Object.keys(s)])].flatMap((path) => {
    const member = { path, base: b[path], target: t[path], source: s[path] }
    const apart = !same(member.target, member.source)
    return apart && !same(member.base, member.target) && !same(member.base, member.source) ? [member] : []
  })
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
