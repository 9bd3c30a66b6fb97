import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const PACKAGES = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`)

interface Manifest {
  readonly engines: { readonly node: string }
  readonly license: string
  readonly files: readonly string[]
  readonly scripts: { readonly prepack: string }
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
}

describe.each(['.', ...PACKAGES, 'apps/console', 'bench', 'bench/peers', 'test'])('%s', (folder) => {
  it('names the releases of Node it runs on: the first of 20 and 22 that load ESM as the dependencies need', () => {
    expect(manifestOf(folder).engines.node).toBe('^20.19.0 || >=22.12.0')
  })
})

describe('the peers of the bench', () => {
  const peers = Object.keys(
    JSON.parse(readFileSync(join(ROOT, 'bench/peers/package.json'), 'utf8')).dependencies,
  )

  it('are in the lock of the bench alone: an install of the workspace brings none of them', () => {
    const locked = (file: string) =>
      Object.keys(JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages as object)
    const installs = peers.map((name) => `node_modules/${name}`)
    expect(locked('bench/peers/package-lock.json')).toEqual(expect.arrayContaining(installs))
    expect(locked('package-lock.json').filter((name) => installs.includes(name))).toEqual([])
  })
})

describe.each(PACKAGES)('%s, packed', (folder) => {
  const { files, license, scripts } = manifestOf(folder)

  it('leaves out tests, what only tests use, and what the compiler notes for itself', () => {
    expect(files).toContain('dist')
    expect(files).toEqual(
      expect.arrayContaining(['!dist/**/*.test.*', '!dist/testing', '!dist/.tsbuildinfo']),
    )
  })

  it('carries its licence', () => {
    expect(license).toBe('Apache-2.0')
    expect(scripts.prepack).toBe('cp ../../LICENSE ../../NOTICE .')
    expect(files).toContain('NOTICE') // npm packs LICENSE unasked
  })
})
