import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { resolvePlace } from './scope.js'

const before = process.cwd()
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-place-'))
  vi.stubEnv('GROUNDPLANE_HOME', dir)
  vi.stubEnv('GROUNDPLANE_SERVER', undefined)
  vi.stubEnv('GROUNDPLANE_PROFILE', undefined)
  process.chdir(dir)
})
afterEach(() => {
  vi.unstubAllEnvs()
  process.chdir(before)
  rmSync(dir, { recursive: true, force: true })
})

it('a command that is told no place works in the cluster of the current directory, and nowhere when there is none', async () => {
  expect(await resolvePlace({ graph: 'team' })).toEqual({ graph: 'team' })
  writeFileSync('cluster.yaml', 'version: 1\n')
  expect(await resolvePlace({ graph: 'team' })).toEqual({ graph: 'team', cluster: '.' })
})

it('a place that is told, a server in the environment and defaults go before the current directory', async () => {
  writeFileSync('cluster.yaml', 'version: 1\n')
  expect(await resolvePlace({ root: 'people.gp' })).toEqual({ root: 'people.gp' })
  writeFileSync('config.yaml', 'clusters: { here: { root: /elsewhere } }\ndefaults: { cluster: here }\n')
  expect(await resolvePlace({})).toEqual({ cluster: '/elsewhere' })
  vi.stubEnv('GROUNDPLANE_SERVER', 'https://groundplane.example.com')
  expect(await resolvePlace({})).toEqual({ server: 'https://groundplane.example.com' })
})
