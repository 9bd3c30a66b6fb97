import { readdir, readFile, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Diagnostic } from '@groundplane/core'
import type { Declared } from './config.js'
import { problem } from './problem.js'

/** The bytes are no text; a wrong letter in a digest would be kept for good, so none is guessed. */
export class NotUtf8 extends Error {}

/** A text with `\n` line ends and without a byte order mark. Throws {@link NotUtf8} or the file system's error. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n')
  } catch (cause) {
    throw new NotUtf8(`${path} is not UTF-8 text`, { cause })
  }
}

/** Reads the files a configuration names, each once. Mistakes are collected in `diagnostics`, placed where the name stands. */
export class SourceFiles {
  readonly diagnostics: Diagnostic[] = []
  readonly #texts = new Map<string, string | undefined>()

  constructor(readonly configDir: string) {}

  /** The text of a declared file with `\n` line ends, or undefined after a report. */
  async read(declared: Declared<string>, missingCode: string): Promise<string | undefined> {
    const path = this.#inside(declared)
    if (path === undefined) return undefined
    if (!this.#texts.has(path)) this.#texts.set(path, await this.#load(path, declared, missingCode))
    return this.#texts.get(path)
  }

  /** The `.gq` files of a declared directory, sorted; or the one file it turns out to be. */
  async queryFiles(declared: Declared<string>): Promise<Declared<string>[]> {
    const path = this.#inside(declared)
    if (path === undefined) return []
    const entry = await stat(path).catch(() => undefined)
    if (entry?.isFile()) return [declared]
    const names = await readdir(path).catch(() => undefined)
    if (!names) {
      this.diagnostics.push(
        problem(
          'query_dir_unreadable',
          declared.place,
          `${declared.value} is not a readable directory or file`,
          'Create it, or correct the path.',
        ),
      )
      return []
    }
    const files = names.filter((name) => name.endsWith('.gq')).sort()
    if (files.length === 0) {
      this.diagnostics.push({
        ...problem(
          'query_dir_empty',
          declared.place,
          `${declared.value} holds no .gq file`,
          'Add a query, or remove "queries".',
        ),
        severity: 'warning',
      })
    }
    return files.map((name) => ({ value: join(declared.value, name), place: declared.place }))
  }

  /** The absolute path, refused when it leaves the config directory: that directory is the whole declaration. */
  #inside(declared: Declared<string>): string | undefined {
    const path = resolve(this.configDir, declared.value)
    const inside = relative(this.configDir, path)
    if (!isAbsolute(declared.value) && inside !== '..' && !inside.startsWith(`..${sep}`)) return path
    this.diagnostics.push(
      problem(
        'path_outside_config',
        declared.place,
        `${declared.value} is outside the config directory`,
        'Move the file into the config directory and name it by a relative path.',
      ),
    )
    return undefined
  }

  async #load(path: string, declared: Declared<string>, missingCode: string): Promise<string | undefined> {
    try {
      return await readText(path)
    } catch (error) {
      if (error instanceof NotUtf8) {
        const remedy = 'Save it as UTF-8, and check that it is the file you meant.'
        this.diagnostics.push(
          problem('file_not_utf8', declared.place, `${declared.value} is not UTF-8 text`, remedy),
        )
        return undefined
      }
      const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
      const message = absent
        ? `${declared.value} does not exist`
        : `${declared.value} cannot be read: ${(error as Error).message}`
      this.diagnostics.push(
        problem(missingCode, declared.place, message, 'Create the file, or correct the path.'),
      )
      return undefined
    }
  }
}
