import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Diagnostic, sha256 } from '@groundplane/core'
import { guarded, Shape } from '../../ingest/shape.js'
import { fileText, objectIn } from '../json-file.js'
import { SourceError } from '../source-error.js'

/** A JSON file that dbt writes into its target directory. */
export interface Artefact {
  /** `manifest.json` */
  readonly file: string
  readonly root: Shape
  /** Number of its schema: 9 of `https://schemas.getdbt.com/dbt/manifest/v9.json`. */
  readonly version: number
  /** Digest of the file. */
  readonly digest: string
}

/** Which file, and which versions of it can be read. */
export interface ArtefactKind {
  /** As the address of the schema names it: `manifest`, `catalog`, `run-results`. */
  readonly name: string
  readonly file: string
  readonly oldest: number
  readonly newest: number
}

export const MANIFEST: ArtefactKind = { name: 'manifest', file: 'manifest.json', oldest: 4, newest: 12 }
export const CATALOG: ArtefactKind = { name: 'catalog', file: 'catalog.json', oldest: 1, newest: 1 }
export const RUN_RESULTS: ArtefactKind = {
  name: 'run-results',
  file: 'run_results.json',
  oldest: 4,
  newest: 6,
}

/**
 * Reads and checks the frame of one artefact; undefined when the file is not there. Throws `SourceError`
 * `source_unreadable`, `dbt_version_unsupported`, or `dbt_artefact_invalid` with where the text is no JSON.
 */
export function readArtefact(directory: string, kind: ArtefactKind): Artefact | undefined {
  const path = join(directory, kind.file)
  const text = textOf(path)
  if (text === undefined) return undefined
  const root = rootOf(path, text)
  return { file: path, root, version: versionOf(path, kind, root), digest: sha256(text) }
}

function textOf(path: string): string | undefined {
  try {
    return fileText(path)
  } catch (error) {
    const { cause } = error as SourceError
    if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined
    throw error
  }
}

/** Throws `SourceError` `source_not_found` for a directory that is none. */
export function requireDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  throw notFound(
    `${path} is not a directory`,
    'Name the target directory of the dbt project: the one that dbt writes manifest.json into.',
  )
}

export function notFound(message: string, remedy: string): SourceError {
  return new SourceError('not-found', 'source_not_found', message, { remedy })
}

function rootOf(file: string, text: string): Shape {
  const root = objectIn(text)
  if (root instanceof Shape) return root
  if (root === null) throw artefactInvalid(file, [shapeMistake(file, 'the file must hold a JSON object')])
  throw artefactInvalid(file, [
    {
      code: 'dbt_json_invalid',
      severity: 'error',
      message: root.ended ? 'the JSON text ends too early' : 'the text is not JSON from here on',
      remedy: 'Let dbt write the file again (dbt compile), and wait until it is finished.',
      file: basename(file),
      range: root.range,
    },
  ])
}

function versionOf(file: string, { name, oldest, newest }: ArtefactKind, root: Shape): number {
  const address = stated(root)
  const found = new RegExp(`/dbt/${name}/v(\\d{1,6})\\.json$`).exec(address ?? '')
  const version = Number(found?.[1])
  if (version >= oldest && version <= newest) return version
  const known = oldest === newest ? `version ${oldest} is` : `versions ${oldest} to ${newest} are`
  const what = found
    ? `of version ${version}`
    : address === undefined
      ? 'of no stated version'
      : `of the schema "${address.slice(0, 200)}"`
  throw new SourceError(
    'unsupported',
    'dbt_version_unsupported',
    `${file} is ${what}; of the ${name} of dbt ${known} read`,
    { remedy: 'Write the artefacts with a dbt version from 1.0 on that is known here.' },
  )
}

function stated(root: Shape): string | undefined {
  try {
    return root.object('metadata')?.string('dbt_schema_version')
  } catch {
    return undefined
  }
}

/** Something that does not have the shape its place promises; `message` names the place. */
export function shapeMistake(file: string, message: string, path?: string): Diagnostic {
  return {
    code: 'dbt_shape_invalid',
    severity: 'error',
    message,
    remedy: 'Let dbt write the file again; it is not as dbt writes it.',
    file: basename(file),
    ...(path !== undefined && { path }),
  }
}

export function artefactInvalid(file: string, diagnostics: readonly Diagnostic[]): SourceError {
  const [first] = diagnostics
  const more = diagnostics.length > 1 ? ` and ${diagnostics.length - 1} more` : ''
  const { line, column } = first?.range?.start ?? {}
  const place = line === undefined ? '' : `${line}:${column}: `
  return new SourceError(
    'invalid',
    'dbt_artefact_invalid',
    `${file} cannot be used: ${place}${first?.message}${more}`,
    { remedy: first?.remedy ?? 'Let dbt write the file again.', diagnostics },
  )
}

/** What `read` gives; undefined when something does not have its shape, which is added to the mistakes with its path. */
export function guardedIn<T>(
  { file }: Artefact,
  mistakes: Diagnostic[],
  path: string,
  read: () => T,
): T | undefined {
  return guarded((at, message) => mistakes.push(shapeMistake(file, message, at)), path, read)
}

/** Runs `body` for each member of an object, each guarded by itself. */
export function eachMember(
  artefact: Artefact,
  section: string,
  mistakes: Diagnostic[],
  body: (key: string, member: Shape) => void,
): void {
  const members = guardedIn(artefact, mistakes, section, () => artefact.root.object(section))
  for (const key of members?.keys() ?? []) {
    const path = `${section}["${key}"]`
    guardedIn(artefact, mistakes, path, () => body(key, new Shape(members?.raw(key), path)))
  }
}
