import type { Diagnostic } from '@groundplane/core'
import type { EntityData } from '../api.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import { isTooDeep, MAX_DEPTH, TOO_DEEP_REMEDY } from '../value/depth.js'

/** One line of a load file, its envelope checked. */
export type LoadLine =
  | { readonly kind: 'node'; readonly type: string; readonly data: EntityData }
  | {
      readonly kind: 'edge'
      readonly type: string
      readonly from: string
      readonly to: string
      readonly data: EntityData
    }

const NODE_MEMBERS = new Set(['type', 'data'])
const EDGE_MEMBERS = new Set(['edge', 'from', 'to', 'data'])

export function lineRange(line: number): Diagnostic['range'] {
  const at = { line, column: 1, offset: 0 }
  return { start: at, end: at }
}

/** Parses `{"type":…,"data":{…}}` or `{"edge":…,"from":…,"to":…,"data":{…}}`. A wrong line is a diagnostic. */
export function parseLine(text: string, line: number): LoadLine | Diagnostic {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return problem(
      line,
      'invalid_json',
      `The line is not JSON: ${(error as Error).message}.`,
      'Write one JSON object per line.',
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return problem(line, 'invalid_line', 'The line is not a JSON object.', WANTED)
  }
  const object = value as Record<string, unknown>
  const data = Object.hasOwn(object, 'data') ? object.data : {}
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return problem(line, 'invalid_line', '"data" is not an object.', WANTED)
  }
  if (isTooDeep(data)) {
    const message = `The data nests lists or objects more than ${MAX_DEPTH} levels deep.`
    return problem(line, 'value_too_deep', message, TOO_DEEP_REMEDY)
  }
  if (typeof object.edge === 'string') return edgeLine(object, data as EntityData, line)
  if (typeof object.type !== 'string')
    return problem(line, 'invalid_line', 'The line names neither "type" nor "edge".', WANTED)
  const extra = otherMember(object, NODE_MEMBERS)
  if (extra !== undefined) return unexpected(line, extra)
  return { kind: 'node', type: object.type, data: data as EntityData }
}

function edgeLine(object: Record<string, unknown>, data: EntityData, line: number): LoadLine | Diagnostic {
  const extra = otherMember(object, EDGE_MEMBERS)
  if (extra !== undefined) return unexpected(line, extra)
  const [from, to] = [endpoint(object.from), endpoint(object.to)]
  if (from === null || to === null) {
    return problem(line, 'invalid_line', 'An edge needs "from" and "to", the ids of its nodes.', WANTED)
  }
  return { kind: 'edge', type: object.edge as string, from, to, data }
}

function otherMember(object: Record<string, unknown>, known: ReadonlySet<string>): string | undefined {
  for (const name in object) if (!known.has(name)) return name
  return undefined
}

/** Ids are text; a number stands for its canonical spelling. */
function endpoint(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : null
}

const WANTED = 'Write {"type":"T","data":{…}} or {"edge":"E","from":"id","to":"id","data":{…}}.'

function unexpected(line: number, member: string): Diagnostic {
  return problem(
    line,
    'invalid_line',
    `The line has a member ${JSON.stringify(member)} that means nothing.`,
    WANTED,
  )
}

export function problem(
  line: number,
  code: GraphDiagnosticCode,
  message: string,
  remedy: string,
): Diagnostic {
  return { code, severity: 'error', message, remedy, range: lineRange(line) }
}
