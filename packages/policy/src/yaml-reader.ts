import { type Diagnostic, LineIndex, nearestName, type SourceRange } from '@groundplane/core'
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'

/**
 * A YAML text read value by value, each mistake recorded where it stands. Readers
 * return undefined after recording, so one pass finds them all.
 */
export class YamlReader {
  readonly diagnostics: Diagnostic[] = []
  readonly #lines: LineIndex
  readonly #document: Document.Parsed
  readonly #file: string | undefined
  readonly #code: string

  /** `code` is the one of every mistake; `details.rule` tells them apart. */
  constructor(source: string, file: string | undefined, code = 'policy_invalid') {
    this.#file = file
    this.#code = code
    this.#lines = new LineIndex(source)
    this.#document = parseDocument(source, { uniqueKeys: true, merge: false, version: '1.2' })
    for (const error of this.#document.errors) {
      const duplicate = error.code === 'DUPLICATE_KEY'
      const message = explain(error)
      this.diagnostics.push({
        code,
        severity: 'error',
        message: duplicate ? 'The same key is given twice.' : `Not well-formed YAML: ${message}.`,
        remedy: duplicate ? 'Keep one of the two.' : 'Correct the YAML at this place.',
        ...(file !== undefined && { file }),
        range: this.#lines.range(error.pos[0], error.pos[1]),
        details: { rule: duplicate ? 'duplicate-key' : 'yaml' },
      })
    }
    // Who may do what should be read off the rule itself.
    visit(this.#document, {
      Alias: (_, node) =>
        this.report('alias', `The alias "*${node.source}" is not read here.`, 'Write the value out.', node),
    })
  }

  /** The top-level mapping, or undefined (recorded) when the text is anything else. */
  root(what: string): YAMLMap | undefined {
    const root = this.#document.contents
    if (isMap(root)) return root
    if (this.diagnostics.length === 0) {
      this.report('shape', `${what} must be a mapping of keys.`, 'Write it as `key: value` lines.', root)
    }
    return undefined
  }

  report(rule: string, message: string, remedy: string, node?: unknown, path?: string): void {
    this.#add('error', this.#code, rule, message, remedy, node, path)
  }

  /** For what can be used and is likely not meant. */
  suspect(rule: string, message: string, remedy: string, node?: unknown, path?: string): void {
    this.#add('warning', 'policy_suspect', rule, message, remedy, node, path)
  }

  /** A value of any shape as plain data. */
  data(node: unknown): unknown {
    return isNode(node) ? node.toJS(this.#document) : undefined
  }

  rangeOf(node: unknown): SourceRange {
    const range = (node as Node | null | undefined)?.range
    return range ? this.#lines.range(range[0], range[1]) : this.#lines.range(0, 0)
  }

  #add(
    severity: 'error' | 'warning',
    code: string,
    rule: string,
    message: string,
    remedy: string,
    node?: unknown,
    path?: string,
  ): void {
    this.diagnostics.push({
      code,
      severity,
      message,
      remedy,
      ...(this.#file !== undefined && { file: this.#file }),
      range: this.rangeOf(node),
      ...(path !== undefined && path !== '' && { path }),
      details: { rule },
    })
  }

  /** Members by key. Unknown keys are recorded with the key that was probably meant. */
  members(map: YAMLMap, allowed: readonly string[], path: string): Map<string, Pair<Node, Node | null>> {
    const found = new Map<string, Pair<Node, Node | null>>()
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined
      if (key !== undefined && allowed.includes(key)) found.set(key, pair)
      else {
        const near = key === undefined ? undefined : nearestName(key, allowed)
        const remedy = near ? `Did you mean "${near}"?` : `Known keys here: ${allowed.join(', ')}.`
        this.report('unknown-key', `Unknown key "${key ?? String(pair.key)}".`, remedy, pair.key, path)
      }
    }
    return found
  }

  map(node: unknown, what: string, path: string, at?: unknown): YAMLMap | undefined {
    if (isMap(node)) return node
    this.report('shape', `${what} must be a mapping.`, 'Write keys and values below it.', node ?? at, path)
    return undefined
  }

  text(node: unknown, what: string, path: string, at?: unknown): string | undefined {
    if (isScalar(node) && typeof node.value === 'string' && node.value.trim() !== '') return node.value
    this.report(
      'shape',
      `${what} must be a non-empty text.`,
      'Quote it if YAML reads it as something else.',
      node ?? at,
      path,
    )
    return undefined
  }

  /** A non-empty list of distinct texts, each with its node. Recorded and dropped one by one otherwise. */
  texts(node: unknown, what: string, path: string, at?: unknown): { value: string; node: Node }[] {
    if (!isSeq(node)) {
      this.report('shape', `${what} must be a list.`, 'Write it as [one, two].', node ?? at, path)
      return []
    }
    if (node.items.length === 0)
      this.report('empty', `${what} is empty.`, 'List at least one, or remove it.', node, path)
    const seen = new Set<string>()
    const values: { value: string; node: Node }[] = []
    for (const item of node.items as Node[]) {
      const value = this.text(item, `Each of ${what.toLowerCase()}`, path)
      if (value === undefined) continue
      if (seen.has(value))
        this.report('duplicate', `"${value}" is listed twice.`, 'Keep one of the two.', item, path)
      else values.push({ value, node: item })
      seen.add(value)
    }
    return values
  }
}

/** The first line of the parser's message, without the position, in words that say something to an operator. */
function explain({ code, message }: { code: string; message: string }): string {
  if (code === 'MULTIPLE_DOCS') return 'the file holds more than one document'
  if (message.includes('Maximum call stack')) return 'this is nested too deep to be read'
  return (message.split('\n', 1)[0] as string).replace(/ at line \d+, column \d+:?$/, '')
}
