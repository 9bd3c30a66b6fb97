/** What a branch would change, entity by entity, from what the server tells of it. Pure. */
import type { EntityChange } from '@groundplane/client'
import type { ValueChange } from '../catalog/answers'

/** One aspect of an entity, or the row itself in a graph without aspects. */
export interface PartChange {
  /** Name of the aspect; null for the row itself. */
  aspect: string | null
  op: 'insert' | 'update' | 'delete'
  changes: readonly ValueChange[]
}

export interface ChangedEntity {
  /** URN in a catalog, else type and id. */
  key: string
  /** Undefined in a graph without URNs. */
  urn?: string
  type: string
  id: string
  /** Of an edge. */
  ends?: { from: string; to: string }
  parts: PartChange[]
}

/** As `review` answers them. */
export interface ReviewedAspect {
  urn: string
  aspect: string
  first?: true
  value?: unknown
  changes?: readonly ValueChange[]
}

/** In the order in which the first part of each came. */
export function entitiesOfReview(changes: readonly ReviewedAspect[]): ChangedEntity[] {
  return grouped(
    changes.map(({ urn, aspect, first, value, changes: told = [] }) => ({
      urn,
      part: first
        ? { aspect, op: 'insert', changes: memberChanges(undefined, value) }
        : { aspect, op: told.length === 1 && isAll(told[0]) ? 'delete' : 'update', changes: told },
    })),
  )
}

/** The whole of it is gone. */
function isAll(change: ValueChange | undefined): boolean {
  return change?.path === '' && (change.after === undefined || change.after === null)
}

/** Rows of a diff. Those that keep an aspect are told by its entity; their text is JSON. */
export function entitiesOfDiff(changes: readonly EntityChange[]): ChangedEntity[] {
  const aspects = changes.flatMap((change) => aspectOf(change) ?? [])
  if (aspects.length > 0) return grouped(aspects)
  return changes.map(({ id, kind, op, type, before, after }) => {
    const ends = (after ?? before)?.endpoints
    return {
      key: `${type.name} ${id}`,
      type: type.name,
      id,
      ...(kind === 'edge' && ends && { ends }),
      parts: [{ aspect: null, op, changes: memberChanges(before?.properties, after?.properties) }],
    }
  })
}

function aspectOf({ op, type, before, after }: EntityChange): { urn: string; part: PartChange } | null {
  const row = (after ?? before)?.properties as Record<string, unknown> | undefined
  if (type.name !== 'Aspect' || typeof row?.urn !== 'string' || typeof row.name !== 'string') return null
  const [was, is] = [textOf(before), textOf(after)]
  return { urn: row.urn, part: { aspect: row.name, op, changes: memberChanges(was, is) } }
}

function textOf(image: EntityChange['before']): unknown {
  const text = (image?.properties as Record<string, unknown> | undefined)?.text
  return typeof text === 'string' ? parsed(text) : undefined
}

/** A JSON text; what is none stands for itself. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function grouped(all: readonly { urn: string; part: PartChange }[]): ChangedEntity[] {
  const byUrn = new Map<string, ChangedEntity>()
  for (const { urn, part } of all) {
    const found = byUrn.get(urn)
    if (found) found.parts.push(part)
    else byUrn.set(urn, { key: urn, urn, type: typeOfUrn(urn), id: urn, parts: [part] })
  }
  return [...byUrn.values()]
}

/** `urn:li:glossaryTerm:x` → `Glossary term`. */
export function typeOfUrn(urn: string): string {
  const words = (/^urn:li:(\w+)/.exec(urn)?.[1] ?? 'entity').replace(
    /[A-Z]/g,
    (letter) => ` ${letter.toLowerCase()}`,
  )
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Members in which two objects differ; items of a list that is there on one side only stand for themselves. */
export function memberChanges(before: unknown, after: unknown): ValueChange[] {
  if (!isRecord(before ?? {}) || !isRecord(after ?? {})) return [{ path: '', ...sides(before, after) }]
  const [a, b] = [(before ?? {}) as Record<string, unknown>, (after ?? {}) as Record<string, unknown>]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((path) => {
    const [was, is] = [a[path] ?? undefined, b[path] ?? undefined]
    if (JSON.stringify(was) === JSON.stringify(is)) return []
    const list = was === undefined ? is : is === undefined ? was : undefined
    if (!Array.isArray(list)) return [{ path, ...sides(was, is) }]
    return list.map((item) => ({ path, ...(was === undefined ? { after: item } : { before: item }) }))
  })
}

function sides(before: unknown, after: unknown): Omit<ValueChange, 'path'> {
  return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
