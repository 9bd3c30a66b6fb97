import type { EdgeModel, NodeModel, PropertyModel, SchemaModel } from '@groundplane/lang'
import type { Choices } from '@groundplane/lang/testing/choices'
import { damaged, hostileString } from '@groundplane/lang/testing/hostile-text'
import { type AskedText, nodesIn, Parameters, put, typeText } from './hostile-query.js'
import { KNOWN_IDS } from './hostile-schema.js'
import { fittingValue, hostileValue, quoted, valueFor } from './hostile-value.js'

const IDS = [...KNOWN_IDS, 'd', 'k1', 's1', '["1","2024-02-29","x"]', 'new', '']

function someId(c: Choices): string {
  return c.rarely(10) ? hostileString(c) : c.of(IDS)
}

/** A mutation of any schema: one to three statements that mostly pass the checks. */
export function hostileMutation(model: SchemaModel, c: Choices): AskedText {
  const harm = c.rarely(12) ? c.apart(6) : null
  const params = new Parameters(c)
  const deletes = c.rarely(5)
  const statements = Array.from({ length: 1 + c.below(3) }, () =>
    deletes
      ? deletion(model, params, c)
      : c.below(3) === 0
        ? update(model, params, c)
        : insert(model, params, c),
  )
  const body = statements.join('\n')
  const text = `query q(${params.head}) { ${body} }`
  return { text: harm ? damaged(text, harm, 1) : text, params: params.params, types: params.types }
}

function insert(model: SchemaModel, params: Parameters, c: Choices): string {
  const edge = c.rarely(3) ? c.maybe(model.edges) : undefined
  if (!edge) {
    const node = c.of(nodesIn(model))
    return `insert ${node.name} { ${node.properties
      .filter((p) => isGiven(p, node, c))
      .map((p) => assignment(p, params))
      .join(', ')} }`
  }
  const ends = [`from: ${quoted(someId(c))}`, `to: ${quoted(someId(c))}`]
  const given = edge.properties.filter((p) => isGiven(p, edge, c)).map((p) => assignment(p, params))
  return `insert ${edge.name} { ${[...ends, ...given].join(', ')} }`
}

function assignment(p: PropertyModel, params: Parameters): string {
  return `${p.name}: ${params.value(p.type, 12)}`
}

function isGiven(p: PropertyModel, type: NodeModel | EdgeModel, c: Choices): boolean {
  const isKey = type.kind === 'node' && type.key.includes(p.name)
  return isKey || !p.nullable ? !c.rarely(40) : c.rarely(6)
}

function someType(model: SchemaModel, c: Choices): NodeModel | EdgeModel {
  return c.of([...nodesIn(model), ...model.edges])
}

function where(type: NodeModel | EdgeModel, params: Parameters, c: Choices): string | null {
  const p = c.maybe(type.properties.filter((one) => one.type.kind !== 'blob' && one.type.kind !== 'vector'))
  if (!p) return null
  if (p.type.kind === 'list') return `${p.name} contains ${params.value({ kind: 'scalar', name: p.type.of })}`
  const ops = ['enum', 'Bool'].includes(p.type.kind === 'enum' ? 'enum' : typeText(p.type))
    ? ['=', '!=']
    : ['=', '<', '>=', '!=']
  return `${p.name} ${c.of(typeText(p.type) === 'String' ? [...ops, 'contains', 'starts_with'] : ops)} ${params.value(p.type)}`
}

function update(model: SchemaModel, params: Parameters, c: Choices): string {
  const type = someType(model, c)
  const key = type.kind === 'node' ? type.key : []
  const p = c.maybe(type.properties.filter((one) => !key.includes(one.name) || c.rarely(20)))
  const condition = where(type, params, c)
  if (!p || condition === null) return insert(model, params, c)
  return `update ${type.name} set { ${assignment(p, params)} } where ${condition}`
}

function deletion(model: SchemaModel, params: Parameters, c: Choices): string {
  const type = someType(model, c)
  return `delete ${type.name} where ${where(type, params, c) ?? 'id = "a"'}`
}

/** JSONL for any schema: mostly rows that fit, beside lines that are wrong in every way a line can be. */
export function hostileLines(model: SchemaModel, c: Choices): string[] {
  const broken = c.rarely(6) ? c.apart(10) : null
  const lines = Array.from({ length: 1 + c.below(4) }, () => line(model, c))
  return broken ? [...lines, brokenLine(broken)] : lines
}

function line(model: SchemaModel, c: Choices): string {
  const harm = c.rarely(20) ? c.apart(6) : null
  const edge = c.rarely(4) ? c.maybe(model.edges) : undefined
  const type = edge ?? c.of(nodesIn(model))
  const data: Record<string, unknown> = {}
  for (const p of type.properties) {
    if (!isGiven(p, type, c)) continue
    const value = p.type.kind === 'blob' || p.nullable ? valueFor(p.type, c, 40) : fittingValue(p.type, c)
    put(data, p.name, value)
  }
  if (c.rarely(3)) put(data, 'id', someId(c))
  if (c.rarely(30)) put(data, hostileString(c), hostileValue(c))
  const object = edge ? { edge: edge.name, from: someId(c), to: someId(c), data } : { type: type.name, data }
  const text = jsonText(object)
  return harm ? damaged(text, harm, 1) : text
}

/** As JSON, whatever it holds: what JSON has no words for is left out or null. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member))
  } catch {
    return '{"type":"Person","data":{"name":"cyclic"}}'
  }
}

const BROKEN = [
  ...[
    '{',
    '[]',
    'null',
    '"x"',
    '{"type":1}',
    '{"type":"__proto__"}',
    '{"edge":"constructor","from":"a","to":"b"}',
    '\u0000',
  ],
  ...[
    '{"type":"Person","data":[]}',
    '{"type":"Person","data":{"name":"a","name":"b"}}',
    '{"edge":"Knows","from":{},"to":"b"}',
  ],
  ...[
    '{"type":"Person","__proto__":{"data":1}}',
    '{"__proto__":{"type":"Person"},"data":{}}',
    '{"edge":"Knows","from":-0,"to":1e400}',
  ],
  ...[
    '{"edge":"Knows","to":"b"}',
    '{"type":"Person","data":{"name":"\\ud800"}}',
    '\uFEFF{"type":"Note","data":{"text":"x"}}',
  ],
  ...[
    '{"type":"Note","data":{"text":"x","id":"\\udc00"}}',
    '{"type":"Note","data":{"text":"x","id":"\\u0000"}}',
  ],
]

function brokenLine(c: Choices): string {
  switch (c.below(4)) {
    case 0:
      return c.of(BROKEN)
    case 1:
      return hostileString(c)
    case 2: {
      const levels = 50 + c.below(20_000)
      return `{"type":"Note","data":{"text":${'['.repeat(levels)}${']'.repeat(levels)}}}`
    }
    default:
      return damaged('{"type":"Person","data":{"name":"z","age":1}}', c)
  }
}
