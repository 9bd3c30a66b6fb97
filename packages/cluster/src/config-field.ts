import { type Diagnostic, LineIndex, nearestName } from '@groundplane/core'
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml'
import { type Place, problem } from './problem.js'

/** `cluster.yaml` as a positioned tree. Mistakes of reading it are collected in `diagnostics`. */
export class ConfigDocument {
  readonly diagnostics: Diagnostic[] = []
  readonly root: ConfigField
  readonly #document: Document.Parsed
  readonly #lines: LineIndex

  constructor(
    text: string,
    readonly file: string,
  ) {
    this.#lines = new LineIndex(text)
    this.#document = parseDocument(text, { prettyErrors: false })
    for (const error of this.#document.errors) {
      const duplicate = error.code === 'DUPLICATE_KEY'
      const place = { file, path: '', range: this.#lines.range(error.pos[0], error.pos[1]) }
      const found = duplicate
        ? problem('duplicate_yaml_key', place, `${error.message}`, 'Keep one of the two entries.')
        : problem('invalid_cluster_yaml', place, ...explain(error))
      // Of a cron expression without quotes each further "*" is an error of its own.
      const before = this.diagnostics.at(-1)
      if (before?.message !== found.message || before.range?.start.line !== place.range.start.line)
        this.diagnostics.push(found)
    }
    this.root = new ConfigField(this, this.#document.contents, '')
  }

  /** Plain data, without comments and formatting. Reports aliases that lead nowhere or multiply without end. */
  toData(): unknown {
    try {
      return this.#document.toJS()
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error
      this.diagnostics.push(
        problem(
          'invalid_cluster_yaml',
          { file: this.file, path: '' },
          `the aliases cannot be followed: ${error.message}`,
          'Write the values out instead of repeating them with "*".',
        ),
      )
      return null
    }
  }

  resolve(node: unknown): Node | null {
    return (isAlias(node) ? (node.resolve(this.#document) ?? null) : node) as Node | null
  }

  place(node: unknown, path: string): Place {
    const range = (node as Node | null)?.range
    return { file: this.file, path, ...(range && { range: this.#lines.range(range[0], range[1]) }) }
  }
}

/** One value of the document, with its address and position. Every reader reports what it cannot accept and returns undefined. */
export class ConfigField {
  readonly place: Place
  readonly #node: Node | null

  constructor(
    readonly document: ConfigDocument,
    node: unknown,
    readonly path: string,
    /** The key it stands under. */
    readonly keyNode?: unknown,
  ) {
    this.#node = document.resolve(node)
    this.place = document.place(this.#node?.range ? this.#node : keyNode, path)
  }

  get isMap(): boolean {
    return isMap(this.#node)
  }

  get isList(): boolean {
    return isSeq(this.#node)
  }

  report(code: string, message: string, remedy: string): undefined {
    this.document.diagnostics.push(problem(code, this.place, message, remedy))
  }

  /** Reported where the key stands. */
  reportKey(code: string, message: string, remedy: string): undefined {
    const place = this.keyNode ? this.document.place(this.keyNode, this.path) : this.place
    this.document.diagnostics.push(problem(code, place, message, remedy))
  }

  /** The members of a map whose keys the author chooses. An absent map has none. */
  members(): { name: string; field: ConfigField }[] {
    if (this.#node === null || (isScalar(this.#node) && this.#node.value === null)) return []
    if (!isMap(this.#node)) {
      this.report(
        'invalid_cluster_yaml',
        `${this.path || 'the document'} must be a map`,
        'Write it as "name: value" entries.',
      )
      return []
    }
    return this.#node.items.map((pair: Pair) => {
      const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
      return { name, field: new ConfigField(this.document, pair.value, join(this.path, name), pair.key) }
    })
  }

  /** The member of a map with this name, without a report when there is none. */
  member(name: string): ConfigField | undefined {
    return this.members().find((m) => m.name === name)?.field
  }

  /** A map with a fixed set of keys; any other key is reported. */
  object(
    known: readonly string[],
    reserved: readonly string[] = [],
  ): Record<string, ConfigField | undefined> {
    const fields: Record<string, ConfigField | undefined> = {}
    for (const { name, field } of this.members()) {
      if (known.includes(name)) fields[name] = field
      else if (reserved.includes(name)) {
        field.reportKey(
          'future_phase_field',
          `"${name}" is reserved for a later version of cluster.yaml`,
          `Remove "${name}": nothing reads it.`,
        )
      } else {
        field.reportKey('invalid_cluster_yaml', `unknown key "${field.path}"`, suggestion(name, known))
      }
    }
    return fields
  }

  string(): string | undefined {
    if (isScalar(this.#node) && typeof this.#node.value === 'string' && this.#node.value !== '')
      return this.#node.value
    return this.report(
      'invalid_cluster_yaml',
      `${this.path} must be a non-empty string`,
      'Write a text value here.',
    )
  }

  boolean(): boolean | undefined {
    if (isScalar(this.#node) && typeof this.#node.value === 'boolean') return this.#node.value
    return this.report('invalid_cluster_yaml', `${this.path} must be true or false`, 'Write true or false.')
  }

  /** A finite number of at least zero. */
  number(): number | undefined {
    const value = isScalar(this.#node) ? this.#node.value : undefined
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    return this.report(
      'invalid_cluster_yaml',
      `${this.path} must be a number of at least 0`,
      'Write a plain number.',
    )
  }

  oneOf<T extends string>(allowed: readonly T[], code = 'invalid_cluster_yaml'): T | undefined {
    const value = this.string()
    if (value === undefined || (allowed as readonly string[]).includes(value)) return value as T | undefined
    return this.report(code, `${this.path} cannot be "${value}"`, `Use ${allowed.join(' or ')}.`)
  }

  items(): ConfigField[] {
    if (isSeq(this.#node))
      return this.#node.items.map((item, i) => new ConfigField(this.document, item, `${this.path}[${i}]`))
    this.report('invalid_cluster_yaml', `${this.path} must be a list`, 'Write it as [a, b].')
    return []
  }

  /** The whole number of a scalar, or undefined without a report. */
  peekNumber(): number | undefined {
    return isScalar(this.#node) && typeof this.#node.value === 'number' ? this.#node.value : undefined
  }
}

/** Message and remedy of a syntax error, where the parser's own words would say nothing to an operator. */
function explain({ code, message }: { code: string; message: string }): [string, string] {
  if (code === 'MULTIPLE_DOCS')
    return ['the file holds more than one YAML document', 'Keep one document; remove the line "---".']
  if (message.includes('Maximum call stack'))
    return [
      'this is nested too deep to be read',
      'Remove the nesting; nothing here is more than a few levels deep.',
    ]
  if (message.startsWith('Unexpected alias') || message === 'Alias cannot be an empty string')
    return [
      'a value that begins with "*" is read as an alias',
      'Write the value in quotes, e.g. "*/15 * * * *".',
    ]
  return [message, 'Correct the YAML at this position.']
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function suggestion(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  return near ? `Did you mean "${near}"?` : `Known keys here: ${known.join(', ')}.`
}
