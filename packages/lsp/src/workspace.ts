import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { checkSchema, type SchemaModel } from '@groundplane/lang'
import { type SchemaView, viewSchema } from '@groundplane/lang/editor'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import { graphOfFile } from './project.js'

/** A schema text with what was read of it. */
export interface LoadedSchema {
  readonly uri: string
  readonly text: string
  readonly view: SchemaView
  /** Absent when the schema has errors. */
  readonly model?: SchemaModel
}

/** Finds and keeps the schemas that open query files are written against. An open file counts as it is in the editor. */
export class Workspace {
  readonly #open: (uri: string) => TextDocument | undefined
  readonly #loaded = new Map<string, LoadedSchema>()
  /** Schema file by query file; forgotten when files change. */
  readonly #schemaOf = new Map<string, string>()

  constructor(open: (uri: string) => TextDocument | undefined) {
    this.#open = open
  }

  /** After a change on disk: which schema a query file has may be another now. */
  forgetFiles(): void {
    this.#schemaOf.clear()
  }

  /** The schema of a query file; undefined where there is none or it cannot be read. */
  schemaOf(uri: string): LoadedSchema | undefined {
    const file = pathOf(uri)
    if (file === undefined) return undefined
    // A miss is not kept: the file that would name the schema may be written at any time.
    const schema = this.#schemaOf.get(uri) ?? graphOfFile(file)?.schema
    if (schema === undefined) return undefined
    this.#schemaOf.set(uri, schema)
    return this.#load(schema)
  }

  #load(file: string): LoadedSchema | undefined {
    const uri = pathToFileURL(file).href
    const text = this.#open(uri)?.getText() ?? readFile(file)
    if (text === undefined) {
      this.#schemaOf.clear()
      return undefined
    }
    const known = this.#loaded.get(uri)
    if (known?.text === text) return known
    const { model } = checkSchema(text)
    const loaded = { uri, text, view: viewSchema(text), ...(model && { model }) }
    this.#loaded.set(uri, loaded)
    return loaded
  }
}

const MAX_FILE_BYTES = 4 * 1024 * 1024

function readFile(file: string): string | undefined {
  try {
    return statSync(file).size > MAX_FILE_BYTES ? undefined : readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** The file a document is, or undefined for one that was never saved. */
export function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri)
  } catch {
    return undefined
  }
}
