import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sha256 } from '@groundplane/core'
import { CommandError } from './errors.js'

/** Digests of the files as they were brought, by name: what differs from them is somebody's work. */
const RECORD = '.demo-files.json'

/**
 * Brings the files of an example into a directory. What a person has edited since it was brought stays, and is
 * given back by name; a newer example replaces the rest. Throws `demo_directory_taken` for files of these names
 * that are not the demo's; then nothing is written.
 */
export function bringExample(example: string, dir: string): string[] {
  const files = readdirSync(example, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(example, name)).isFile())
    .sort()
  const record = recordOf(dir)
  const differing = files.filter(
    (name) => existsSync(join(dir, name)) && digestOf(dir, name) !== digestOf(example, name),
  )
  if (record === undefined && differing.length > 0) throw taken(dir, differing)
  const edited = differing.filter((name) => record?.[name] !== digestOf(dir, name))
  const brought: Record<string, string> = { ...record }
  for (const name of files) {
    if (edited.includes(name)) continue
    brought[name] = digestOf(example, name)
    if (existsSync(join(dir, name)) && !differing.includes(name)) continue
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), readFileSync(join(example, name)))
  }
  const text = `${JSON.stringify(brought, null, 2)}\n`
  if (JSON.stringify(brought) !== JSON.stringify(record)) writeFileSync(join(dir, RECORD), text)
  return edited
}

function recordOf(dir: string): Readonly<Record<string, string>> | undefined {
  const path = join(dir, RECORD)
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
  } catch {
    return undefined
  }
}

function digestOf(dir: string, name: string): string {
  return sha256(readFileSync(join(dir, name)))
}

function taken(dir: string, files: readonly string[]): CommandError {
  const which = files.slice(0, 3).join(', ')
  const more = files.length > 3 ? ` and ${files.length - 3} more` : ''
  return new CommandError(
    'demo_directory_taken',
    `${dir} holds other files of the demo's names: ${which}${more}.`,
    {
      remedy: 'Give the demo a directory of its own with --dir, or move those files away.',
    },
  )
}
