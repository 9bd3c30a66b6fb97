import type { Diagnostic } from '@groundplane/core'
import { checkSchema } from '../check/schema-checker.js'
import type { SchemaModel } from '../ir/schema-model.js'

/** A text with `<|…|>` around the places a test is about, taken apart. */
export interface MarkedSource {
  readonly text: string
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
}

export function readMarks(marked: string): MarkedSource {
  const ranges: { start: number; end: number }[] = []
  const open: number[] = []
  let text = ''
  for (const part of marked.split(/(<\||\|>)/)) {
    if (part === '<|') open.push(text.length)
    else if (part === '|>') ranges.push({ start: open.pop() ?? 0, end: text.length })
    else text += part
  }
  return { text, ranges: ranges.sort((a, b) => a.start - b.start) }
}

export function offsets(diagnostic: Diagnostic | undefined): { start: number; end: number } | undefined {
  const range = diagnostic?.range
  return range && { start: range.start.offset, end: range.end.offset }
}

export const PEOPLE = `
interface Named { name: String }
node Person implements Named {
  name: String @key
  age: I32?
  big: U64?
  score: F64?
  nick: String?
  tags: [String]?
  status: enum(on, off)?
  born: Date?
  seen: DateTime?
  photo: Blob?
  bio: String? @index
  vec: Vector(3)?
}
node Company { name: String @key  employees: I64 }
node Task { title: String }
node Page { url: String @key  text: String  embedding: Vector(3) @embed("text") }
edge Knows: Person -> Person { since: Date?  weight: F64?  note: String? }
edge WorksAt: Person -> Company { role: String }
edge Owns: Company -> Task
`

export function modelOf(schema: string): SchemaModel {
  const { model, diagnostics } = checkSchema(schema)
  if (!model) throw new Error(`the schema of a test is wrong: ${JSON.stringify(diagnostics)}`)
  return model
}
