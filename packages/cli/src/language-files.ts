import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from './errors.js'
import { unreadable } from './input.js'

export function isSchemaFile(file: string): boolean {
  return file.endsWith('.pg')
}

export function isLanguageFile(file: string): boolean {
  return isSchemaFile(file) || file.endsWith('.gq')
}

/** The `.pg` and `.gq` files the arguments name, directories searched; each once, as the user would write it. */
export function languageFiles(paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    if (isDirectory(path)) return filesBelow(path)
    if (isLanguageFile(path)) return [path]
    throw new CommandError('file_kind_unknown', `${path} is neither a .pg schema nor a .gq query file.`, {
      remedy: 'Name files that end in .pg or .gq, or a directory that holds some.',
    })
  })
  return [...new Set(found)]
}

export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** What the control plane and the store keep: published content is named by its digest and must stay as it is. */
function isManaged(directory: string): boolean {
  return directory === '__cluster' || directory.endsWith('.gp')
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return []
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return isManaged(entry.name) ? [] : filesBelow(path)
    return entry.isFile() && isLanguageFile(entry.name) ? [path] : []
  })
}
