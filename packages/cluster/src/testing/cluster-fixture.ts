import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ClusterExtensions } from '../extensions.js'
import type { Ledger } from '../ledger.js'

export const PEOPLE = 'node Person {\n  name: String @key\n  age: I32?\n}\nedge Knows: Person -> Person\n'
/** PEOPLE with one property more. */
export const PEOPLE_WITH_EMAIL = PEOPLE.replace('  age: I32?\n', '  age: I32?\n  email: String?\n')

export const FIND =
  'query find_person($name: String) {\n  match { $p: Person { name: $name } }\n  return { $p.name, $p.age }\n}\n'
export const FRIENDS =
  'query friends($name: String) {\n  match {\n    $p: Person { name: $name }\n    $p knows $f\n  }\n  return { $f.name }\n}\n'
export const EMAILS = 'query emails() {\n  match { $p: Person }\n  return { $p.name, $p.email }\n}\n'

export const READERS =
  'version: 1\ngroups: { readers: [ada] }\nrules:\n  - id: readers-read\n    allow: { actors: { group: readers }, actions: [read] }\n'

export const CONFIG = `version: 1
metadata: { name: brain }
graphs:
  knowledge: { schema: people.pg, queries: queries/ }
policies:
  base: { file: base.policy.yaml, applies_to: [knowledge] }
`

export const FILES: Readonly<Record<string, string>> = {
  'cluster.yaml': CONFIG,
  'people.pg': PEOPLE,
  'queries/people.gq': FIND,
  'base.policy.yaml': READERS,
}

/** A stand-in for what the semantic plane contributes: a real schema and query, and checkers that accept what parses as lines. */
export const EXTENSIONS: ClusterExtensions = {
  catalogSchema: 'node Dataset {\n  urn: String @key\n}\n',
  catalogQueries: { datasets: 'query datasets() {\n  match { $d: Dataset }\n  return { $d.urn }\n}\n' },
  checkAssertions: (text, file) =>
    text.includes('nonsense')
      ? [{ code: 'assertion_invalid', severity: 'error', message: 'no such assertion', file }]
      : [],
  checkMetadata: () => [],
}

/** A config directory in the system's temporary directory. */
export class ClusterFixture {
  readonly dir = mkdtempSync(join(tmpdir(), 'cluster-'))

  constructor(files: Readonly<Record<string, string>> = FILES) {
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
  }

  edit(path: string, change: (text: string) => string): void {
    this.write(path, change(this.read(path)))
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8')
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true, force: true })
  }

  ledger(): Ledger {
    return JSON.parse(this.read('__cluster/state.json')) as Ledger
  }

  /** Digest of every file below a directory, by path. SQLite's `-wal` and `-shm` companions are not content. */
  fingerprint(under = '.'): Record<string, string> {
    const found: Record<string, string> = {}
    for (const entry of readdirSync(this.path(under), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (!entry.isFile() || /-(wal|shm)$/.test(entry.name)) continue
      found[path.slice(this.dir.length + 1)] = createHash('sha256').update(readFileSync(path)).digest('hex')
    }
    return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** The codes of the diagnostics, of one severity if given. */
export function codes(
  document: { readonly diagnostics: readonly { readonly code: string; readonly severity: string }[] },
  severity?: 'error' | 'warning',
): string[] {
  return document.diagnostics
    .filter((d) => severity === undefined || d.severity === severity)
    .map((d) => d.code)
}
