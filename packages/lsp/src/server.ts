import { checkQueries, checkSchema, parseQueries } from '@groundplane/lang'
import {
  completeQueries,
  completeSchema,
  defineInQueries,
  defineInSchema,
  hoverQueries,
  hoverSchema,
  outlineQueries,
  outlineSchema,
  variablePlaces,
} from '@groundplane/lang/editor'
import { formatQueries, formatSchema } from '@groundplane/lang/format'
import {
  type Connection,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  type InitializeResult,
  type Location,
  type Range,
  ResponseError,
  type TextDocumentPositionParams,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
} from 'vscode-languageserver'
import { createConnection } from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { toCompletionItem, toDiagnostic, toDocumentSymbol, toRange } from './protocol-values.js'
import { type LoadedSchema, Workspace } from './workspace.js'

/** Time without a change before a text is checked: a check after each key would lag behind fast typing. */
const QUIET_MS = 120

/**
 * Serves `.pg` and `.gq` documents over the given streams until the client says exit or the input ends;
 * then the process ends, as the protocol asks. Standard output belongs to the protocol alone.
 */
export function startLanguageServer(
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stdout,
): void {
  const connection = createConnection(input, output)
  new LanguageServer(connection).start()
}

class LanguageServer {
  readonly #connection: Connection
  readonly #documents = new TextDocuments(TextDocument)
  readonly #workspace = new Workspace((uri) => this.#documents.get(uri))
  readonly #waiting = new Map<string, NodeJS.Timeout>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  start(): void {
    const connection = this.#connection
    let watches = false
    connection.onInitialize(({ capabilities }) => {
      watches = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true
      return CAPABILITIES
    })
    connection.onInitialized(() => {
      // A client that cannot watch files still gets fresh schemas: they are read again when they are needed.
      if (watches) void connection.client.register(DidChangeWatchedFilesNotification.type, WATCHED)
    })
    connection.onCompletion((at) => this.#complete(at))
    connection.onHover((at) => this.#hover(at))
    connection.onDefinition((at) => this.#define(at))
    connection.onDocumentSymbol(({ textDocument }) => {
      const document = this.#documents.get(textDocument.uri)
      if (!document) return []
      const outline = isSchema(document) ? outlineSchema : outlineQueries
      return outline(document.getText()).map((symbol) => toDocumentSymbol(document, symbol))
    })
    connection.onDocumentFormatting(({ textDocument }) => this.#format(textDocument.uri))
    connection.onReferences(({ textDocument, position }) => {
      const found = this.#variablePlaces({ textDocument, position })
      return found.map((range) => ({ uri: textDocument.uri, range }))
    })
    connection.onRenameRequest(({ textDocument, position, newName }) => {
      const name = newName.replace(/^\$/, '')
      if (!/^[a-z_][A-Za-z0-9_]*$/.test(name)) {
        const message = `${newName} is no name of a variable: it begins with a lower case letter or _.`
        return new ResponseError(ErrorCodes.InvalidParams, message)
      }
      const edits = this.#variablePlaces({ textDocument, position }).map((range) => ({
        range,
        newText: `$${name}`,
      }))
      return edits.length > 0 ? { changes: { [textDocument.uri]: edits } } : null
    })
    connection.onDidChangeWatchedFiles(() => {
      this.#workspace.forgetFiles()
      for (const document of this.#documents.all()) this.#checkSoon(document)
    })
    this.#documents.onDidChangeContent(({ document }) => {
      this.#checkSoon(document)
      if (isSchema(document)) this.#checkQueriesOf(document.uri)
    })
    this.#documents.onDidClose(({ document }) => {
      this.#cancel(document.uri)
      void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] })
      if (isSchema(document)) this.#checkQueriesOf(document.uri)
    })
    this.#documents.listen(connection)
    connection.listen()
  }

  /** The open query files that are written against a schema. */
  #checkQueriesOf(schemaUri: string): void {
    for (const document of this.#documents.all()) {
      if (!isSchema(document) && this.#schemaOf(document)?.uri === schemaUri) this.#checkSoon(document)
    }
  }

  #checkSoon({ uri }: TextDocument): void {
    this.#cancel(uri)
    const check = () => {
      this.#waiting.delete(uri)
      this.#check(uri)
    }
    this.#waiting.set(uri, setTimeout(check, QUIET_MS))
  }

  #cancel(uri: string): void {
    clearTimeout(this.#waiting.get(uri))
    this.#waiting.delete(uri)
  }

  #check(uri: string): void {
    const document = this.#documents.get(uri)
    if (!document) return
    const text = document.getText()
    const model = isSchema(document) ? undefined : this.#schemaOf(document)?.model
    const found = isSchema(document)
      ? checkSchema(text).diagnostics
      : model
        ? checkQueries(text, model).diagnostics
        : parseQueries(text).diagnostics
    const diagnostics = found.map((diagnostic) => toDiagnostic(document, diagnostic))
    void this.#connection.sendDiagnostics({ uri, version: document.version, diagnostics })
  }

  #schemaOf(document: TextDocument): LoadedSchema | undefined {
    return this.#workspace.schemaOf(document.uri)
  }

  #complete({ textDocument, position }: TextDocumentPositionParams) {
    const document = this.#documents.get(textDocument.uri)
    if (!document) return []
    const text = document.getText()
    const offset = document.offsetAt(position)
    const found = isSchema(document)
      ? completeSchema(text, offset)
      : completeQueries(text, offset, this.#schemaOf(document)?.view)
    return found.map((completion) => toCompletionItem(document, completion))
  }

  #hover({ textDocument, position }: TextDocumentPositionParams) {
    const document = this.#documents.get(textDocument.uri)
    if (!document) return null
    const text = document.getText()
    const offset = document.offsetAt(position)
    const found = isSchema(document)
      ? hoverSchema(text, offset)
      : hoverQueries(text, offset, this.#schemaOf(document)?.view)
    if (!found) return null
    return {
      contents: { kind: 'markdown' as const, value: found.markdown },
      range: toRange(document, found.span),
    }
  }

  #define({ textDocument, position }: TextDocumentPositionParams): Location | null {
    const document = this.#documents.get(textDocument.uri)
    if (!document) return null
    const text = document.getText()
    const offset = document.offsetAt(position)
    const schema = isSchema(document) ? undefined : this.#schemaOf(document)
    const found = isSchema(document)
      ? defineInSchema(text, offset)
      : defineInQueries(text, offset, schema?.view)
    if (!found) return null
    if (found.document === 'own') return { uri: document.uri, range: toRange(document, found.span) }
    if (!schema) return null
    const target =
      this.#documents.get(schema.uri) ?? TextDocument.create(schema.uri, 'groundplane-pg', 0, schema.text)
    return { uri: schema.uri, range: toRange(target, found.span) }
  }

  #variablePlaces({ textDocument, position }: TextDocumentPositionParams): Range[] {
    const document = this.#documents.get(textDocument.uri)
    if (!document || isSchema(document)) return []
    const places = variablePlaces(document.getText(), document.offsetAt(position))
    return places.map((span) => toRange(document, span))
  }

  /** One edit over the whole text; none when it has syntax errors or is laid out already. */
  #format(uri: string): TextEdit[] {
    const document = this.#documents.get(uri)
    if (!document) return []
    const source = document.getText()
    const { text } = isSchema(document) ? formatSchema(source) : formatQueries(source)
    if (text === undefined || text === source) return []
    return [{ range: toRange(document, { start: 0, end: source.length }), newText: text }]
  }
}

/** What decides which schema a query file has, and the schemas themselves. */
const WATCHED = { watchers: [{ globPattern: '**/cluster.yaml' }, { globPattern: '**/*.{pg,gq}' }] }

const CAPABILITIES: InitializeResult = {
  serverInfo: { name: 'groundplane' },
  capabilities: {
    textDocumentSync: TextDocumentSyncKind.Incremental,
    completionProvider: { triggerCharacters: ['.', ':', '$', '@', '"', '<'] },
    hoverProvider: true,
    definitionProvider: true,
    referencesProvider: true,
    renameProvider: true,
    documentSymbolProvider: true,
    documentFormattingProvider: true,
  },
}

/** By its name; a document without one is judged by the language its editor gave it. */
function isSchema(document: TextDocument): boolean {
  if (document.uri.endsWith('.pg')) return true
  return !document.uri.endsWith('.gq') && document.languageId === 'groundplane-pg'
}
