/**
 * Who imports whom, on the sources: `verbatimModuleSyntax` erases type-only imports from
 * what is compiled, so `check:imports` cannot see them, nor the console, which is bundled.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const { MAY_SEE, FOLDERS } = (await import(join(ROOT, '.dependency-cruiser.mjs'))) as {
  MAY_SEE: Record<string, readonly string[]>
  FOLDERS: Record<string, string>
}

interface SourceFile {
  readonly path: string
  readonly isTest: boolean
  readonly specifiers: readonly string[]
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const sources = (name: string): SourceFile[] => {
  const folder = join(ROOT, FOLDERS[name] as string, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|tsx|css)$/.test(path))
    .map((path) => ({
      path: join(folder, path),
      isTest: /\.test\.tsx?$|(^|\/)testing\//.test(path),
      specifiers: specifiersOf(readFileSync(join(folder, path), 'utf8')),
    }))
}

function specifiersOf(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom |\bimport\(|^import )'([^'\n]+)'/gm)].map((match) => match[1] as string)
}

/** `@scope/name/sub` → `@scope/name`; undefined for a path or a part of Node. */
function libraryOf(specifier: string): string | undefined {
  if (/^(\.|node:)/.test(specifier)) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

const OURS = '@groundplane/'

function seenBy(name: string, wanted: (file: SourceFile) => boolean): Set<string> {
  const libraries = sources(name)
    .filter(wanted)
    .flatMap((file) => file.specifiers.map(libraryOf))
  const ours = libraries.filter((library) => library?.startsWith(OURS)) as string[]
  return new Set(ours.map((library) => library.slice(OURS.length)).filter((seen) => seen !== name))
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort()

function readJson<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(join(ROOT, FOLDERS[name] as string, file), 'utf8')) as T
}

describe('the table of imports', () => {
  it('names every folder of the workspace', () => {
    const folders = ['packages', 'apps'].flatMap((parent) =>
      readdirSync(join(ROOT, parent)).map((folder) => `${parent}/${folder}`),
    )
    expect(sorted(Object.values(FOLDERS))).toEqual(sorted([...folders, 'bench', 'test']))
    expect(sorted(Object.keys(MAY_SEE))).toEqual(sorted(Object.keys(FOLDERS)))
  })

  it('finds an import in each form it can be written in', () => {
    const text = [
      `import type { A } from '${OURS}a'`,
      `export { b } from '${OURS}b/sub'`,
      `import '${OURS}c'`,
      `type D = import('${OURS}d').D`,
      `} from '${OURS}e'`,
    ]
    expect(specifiersOf(text.join('\n')).map(libraryOf)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((name) => OURS + name),
    )
  })

  it('points downward: following it from a folder never leads back', () => {
    const below = (name: string, path: readonly string[]): void => {
      expect(path).not.toContain(name)
      for (const seen of MAY_SEE[name] ?? []) below(seen, [...path, name])
    }
    for (const name of Object.keys(MAY_SEE)) below(name, [])
  })
})

describe.each(Object.keys(FOLDERS))('%s', (name) => {
  const manifest = readJson<Manifest>(name, 'package.json')
  const ours = (list: Manifest['dependencies'] = {}) =>
    Object.keys(list)
      .filter((library) => library.startsWith(OURS))
      .map((library) => library.slice(OURS.length))
  const seen = seenBy(name, (file) => !file.isTest || name === 'test')
  const seenByTests = seenBy(name, () => true)

  it('imports what the table lets it see, types included, and the table lets it see no more', () => {
    expect(sorted(seen)).toEqual(sorted(MAY_SEE[name] as readonly string[]))
  })

  it('declares the packages it imports and no others, those of its tests apart', () => {
    expect(sorted(ours(manifest.dependencies))).toEqual(sorted(seen))
    expect(sorted(ours(manifest.devDependencies))).toEqual(
      sorted([...seenByTests].filter((other) => !seen.has(other))),
    )
  })

  it('depends on no library that it does not import', () => {
    const imported = new Set(sources(name).flatMap((file) => file.specifiers.map(libraryOf)))
    expect(Object.keys(manifest.dependencies ?? {}).filter((library) => !imported.has(library))).toEqual([])
  })

  it('refers the compiler to the packages it imports', () => {
    const { references } = readJson<{ references?: { path: string }[] }>(name, 'tsconfig.json')
    if (name === 'console') return // bundled, not compiled with the others
    const referred = (references ?? []).map(({ path }) => path.split('/').at(-1) as string)
    expect(sorted(referred)).toEqual(sorted(seenByTests))
  })

  it('has no cycle of files, types included', () => {
    expect(cycleIn(sources(name))).toBeUndefined()
  })
})

/** The files of one cycle of relative imports, as a path from a file back to itself. */
function cycleIn(files: readonly SourceFile[]): string[] | undefined {
  const known = new Map(files.map((file) => [file.path.replace(/\.tsx?$/, ''), file]))
  const done = new Set<SourceFile>()
  const walk = (file: SourceFile, path: readonly SourceFile[]): string[] | undefined => {
    if (path.includes(file))
      return [...path.slice(path.indexOf(file)), file].map((step) => relative(ROOT, step.path))
    if (done.has(file)) return undefined
    for (const specifier of file.specifiers) {
      if (!specifier.startsWith('.')) continue
      const next = known.get(resolve(dirname(file.path), specifier).replace(/\.js$/, ''))
      const cycle = next && walk(next, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const cycle = walk(file, [])
    if (cycle) return cycle
  }
  return undefined
}
