import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextDocumentContentChangeEvent,
} from 'vscode-languageserver-protocol/node'

const ENTRY = `import { startLanguageServer } from ${JSON.stringify(new URL('../index.js', import.meta.url).href)}; startLanguageServer()`

/** An editor as the server sees one: the protocol's own client library over the pipes of a real server process. */
export class Editor {
  readonly connection: ProtocolConnection
  readonly root: string
  readonly #process: ChildProcess
  readonly #published = new Map<string, PublishDiagnosticsParams>()
  #arrived: () => void = () => {}
  #version = 1

  /** `files` by their path in a fresh directory. */
  constructor(files: Readonly<Record<string, string>>) {
    this.root = mkdtempSync(join(tmpdir(), 'editor-'))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true })
      writeFileSync(join(this.root, path), text)
    }
    const server = spawn(process.execPath, ['--input-type=module', '-e', ENTRY], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#process = server
    this.connection = createProtocolConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    )
    this.connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.#published.set(params.uri, params)
      this.#arrived()
    })
    this.connection.listen()
  }

  async initialize(): Promise<InitializeResult> {
    const result = await this.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: pathToFileURL(this.root).href,
      capabilities: {},
    })
    await this.connection.sendNotification(InitializedNotification.type, {})
    return result
  }

  uri(path: string): string {
    return pathToFileURL(join(this.root, path)).href
  }

  async open(path: string, text: string): Promise<void> {
    const languageId = path.endsWith('.pg') ? 'groundplane-pg' : 'groundplane-gq'
    const textDocument = { uri: this.uri(path), languageId, version: this.#version, text }
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument })
  }

  /** The version the text has after the changes. */
  async change(path: string, ...contentChanges: TextDocumentContentChangeEvent[]): Promise<number> {
    const version = ++this.#version
    const textDocument = { uri: this.uri(path), version }
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument,
      contentChanges,
    })
    return version
  }

  /** The next diagnostics of a file for which the condition holds; already published ones count. */
  async diagnostics(
    path: string,
    holds: (params: PublishDiagnosticsParams) => boolean = () => true,
  ): Promise<PublishDiagnosticsParams> {
    for (;;) {
      const found = this.#published.get(this.uri(path))
      if (found && holds(found)) return found
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
  }

  at(path: string, position: Position): { textDocument: { uri: string }; position: Position } {
    return { textDocument: { uri: this.uri(path) }, position }
  }

  /** Ends the server as the protocol says and answers its exit code. */
  async close(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#process.once('exit', resolve))
    await this.connection.sendRequest(ShutdownRequest.type)
    await this.connection.sendNotification(ExitNotification.type)
    const code = await ended
    this.connection.dispose()
    rmSync(this.root, { recursive: true, force: true })
    return code
  }
}

/** Line and character of the first place of `needle` in `text`, `shift` characters on. */
export function positionOf(text: string, needle: string, shift = 0): Position {
  const before = text.slice(0, text.indexOf(needle) + shift).split('\n')
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 }
}
