import { type Diagnostic, LineIndex, type SourceRange } from '@groundplane/core'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLError,
} from 'yaml'
import { didYouMean } from './did-you-mean.js'

/** A place in a YAML document: a node (null when the key stands without a value) and its dotted address. */
export interface YamlPlace {
  readonly node: Node | null
  readonly path: string
  /** Where to point when there is no node: the key. */
  readonly range: SourceRange | undefined
}

export interface YamlEntry extends YamlPlace {
  readonly key: string
  readonly keyRange: SourceRange | undefined
}

/**
 * Reads one YAML document with positions, collecting every mistake instead of
 * stopping at the first. A reading method answers undefined when the node is not
 * what was asked for, and has then reported it.
 */
export class YamlReader {
  readonly diagnostics: Diagnostic[] = []
  readonly root: YamlPlace | undefined
  readonly #file: string | undefined
  readonly #lines: LineIndex
  readonly #document: Document | undefined

  constructor(text: string, file?: string) {
    this.#file = file
    this.#lines = new LineIndex(text)
    const documents = parseAllDocuments(text, { uniqueKeys: true, prettyErrors: false })
    const [first, second] = Array.isArray(documents) ? documents : []
    for (const error of first?.errors ?? []) this.#syntax(error, 'error')
    for (const warning of first?.warnings ?? []) this.#syntax(warning, 'warning')
    if (second)
      this.report(
        'yaml_several_documents',
        'the file holds more than one YAML document',
        'Keep one document per file; remove the line "---".',
        this.#rangeOf(second.range),
      )
    if (!first || first.contents === null) {
      this.report(
        'yaml_empty',
        'the file is empty',
        'Write the document, or remove the file from cluster.yaml.',
        this.#lines.range(0, 0),
      )
      return
    }
    // The tree of a text with syntax errors is the parser's guess; judging it would only repeat the error.
    if (first.errors.some((e) => e.code !== 'DUPLICATE_KEY')) return
    this.#document = first
    this.root = {
      node: first.contents as Node,
      path: '',
      range: this.#rangeOf((first.contents as Node).range),
    }
  }

  report(code: string, message: string, remedy: string, range: SourceRange | undefined, path?: string): void {
    this.diagnostics.push({
      code,
      severity: 'error',
      message,
      remedy,
      ...(this.#file !== undefined && { file: this.#file }),
      ...(range && { range }),
      ...(path && { path }),
    })
  }

  reportAt(place: YamlPlace, code: string, message: string, remedy: string): void {
    this.report(code, message, remedy, place.range, place.path)
  }

  /** Entries in file order. With `known`, any other key is a diagnostic and left out. */
  entries(place: YamlPlace, known?: readonly string[]): YamlEntry[] | undefined {
    const node = this.#resolved(place)
    if (!isMap(node)) {
      this.#wrongType(place, 'a mapping')
      return undefined
    }
    const entries: YamlEntry[] = []
    for (const pair of node.items) {
      const keyNode = pair.key as Node
      const key = isScalar(keyNode) ? String(keyNode.value) : String(pair.key)
      const keyRange = this.#rangeOf(keyNode?.range)
      const path = place.path ? `${place.path}.${key}` : key
      if (known && !known.includes(key)) {
        const hint = didYouMean(key, known)
        this.report(
          'unknown_key',
          `"${key}" is not a key of ${place.path || 'this file'}`,
          `${hint.trim() || `Use one of: ${known.join(', ')}.`}`,
          keyRange,
          path,
        )
        continue
      }
      const value = (pair.value ?? null) as Node | null
      entries.push({ key, keyRange, node: value, path, range: this.#rangeOf(value?.range) ?? keyRange })
    }
    return entries
  }

  /** The entry of `key` among entries; reports when it is required and absent. */
  entry(
    place: YamlPlace,
    entries: readonly YamlEntry[],
    key: string,
    required = false,
  ): YamlEntry | undefined {
    const entry = entries.find((e) => e.key === key)
    if (!entry && required)
      this.reportAt(place, 'missing_key', `${place.path || 'the file'} has no "${key}"`, `Add "${key}".`)
    return entry
  }

  string(place: YamlPlace): string | undefined {
    const node = this.#resolved(place)
    if (isScalar(node) && typeof node.value === 'string') {
      if (node.value !== '') return node.value
      this.reportAt(place, 'empty_value', `${place.path} is empty`, 'Write a value or remove the key.')
      return undefined
    }
    this.#wrongType(place, 'a text')
    return undefined
  }

  number(place: YamlPlace): number | undefined {
    const node = this.#resolved(place)
    if (isScalar(node) && typeof node.value === 'number' && Number.isFinite(node.value)) return node.value
    this.#wrongType(place, 'a number')
    return undefined
  }

  /** A text, number or boolean as JSON. */
  scalar(place: YamlPlace): string | number | boolean | undefined {
    const node = this.#resolved(place)
    const value = isScalar(node) ? node.value : undefined
    if (
      typeof value === 'string' ||
      typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value))
    )
      return value
    this.#wrongType(place, 'a text, number or boolean')
    return undefined
  }

  items(place: YamlPlace): YamlPlace[] | undefined {
    const node = this.#resolved(place)
    if (!isSeq(node)) {
      this.#wrongType(place, 'a list')
      return undefined
    }
    return node.items.map((item, i) => ({
      node: item as Node,
      path: `${place.path}[${i}]`,
      range: this.#rangeOf((item as Node | null)?.range) ?? place.range,
    }))
  }

  strings(place: YamlPlace): { value: string; place: YamlPlace }[] | undefined {
    return this.items(place)?.flatMap((item) => {
      const value = this.string(item)
      return value === undefined ? [] : [{ value, place: item }]
    })
  }

  #resolved(place: YamlPlace): Node | undefined {
    if (isAlias(place.node) && this.#document) return place.node.resolve(this.#document) as Node | undefined
    return place.node ?? undefined
  }

  #wrongType(place: YamlPlace, wanted: string): void {
    const where = place.path || 'the document'
    this.reportAt(
      place,
      'wrong_type',
      `${where} must be ${wanted}, not ${describe(this.#resolved(place))}`,
      `Write ${wanted} here.`,
    )
  }

  #rangeOf(range: readonly number[] | null | undefined): SourceRange | undefined {
    return range ? this.#lines.range(range[0] as number, range[1] as number) : undefined
  }

  #syntax(error: YAMLError, severity: 'error' | 'warning'): void {
    const duplicate = error.code === 'DUPLICATE_KEY'
    this.diagnostics.push({
      code: duplicate ? 'yaml_duplicate_key' : 'yaml_syntax',
      severity,
      message: duplicate ? 'this key is written twice in the same mapping' : explain(error.message),
      remedy: duplicate ? 'Remove or rename one of them.' : 'Correct the YAML at this position.',
      ...(this.#file !== undefined && { file: this.#file }),
      range: this.#lines.range(error.pos[0], error.pos[1]),
    })
  }
}

function describe(node: Node | undefined): string {
  if (node === undefined || (isScalar(node) && node.value === null)) return 'nothing'
  if (isMap(node)) return 'a mapping'
  if (isSeq(node)) return 'a list'
  if (isScalar(node))
    return typeof node.value === 'string' ? `the text "${node.value}"` : `${String(node.value)}`
  return 'an alias'
}

/** The first line of the parser's message; a stack that ran out means nesting, not a bug of the file's author. */
function explain(message: string): string {
  if (message.includes('Maximum call stack')) return 'this is nested too deep to be read'
  return message.split('\n', 1)[0] as string
}
