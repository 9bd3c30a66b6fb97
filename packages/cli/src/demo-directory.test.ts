import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GroundplaneError } from '@groundplane/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bringExample } from './demo-directory.js'

let root: string
let example: string
let dir: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'groundplane-demo-files-'))
  example = join(root, 'example')
  dir = join(root, 'mine')
  mkdirSync(join(example, 'queries'), { recursive: true })
  put(example, 'cluster.yaml', 'one')
  put(example, 'queries/q.gq', 'query')
})
afterEach(() => rmSync(root, { recursive: true }))

function put(to: string, name: string, text: string): void {
  writeFileSync(join(to, name), text)
}
const read = (name: string) => readFileSync(join(dir, name), 'utf8')

it('the files are brought, and a newer example brings its own', () => {
  expect(bringExample(example, dir)).toEqual([])
  expect([read('cluster.yaml'), read('queries/q.gq')]).toEqual(['one', 'query'])
  put(example, 'cluster.yaml', 'two')
  expect(bringExample(example, dir)).toEqual([])
  expect(read('cluster.yaml')).toBe('two')
})

it('what a person has edited stays, also when the example is newer, and is told', () => {
  bringExample(example, dir)
  put(dir, 'cluster.yaml', 'mine')
  expect(bringExample(example, dir)).toEqual(['cluster.yaml'])
  put(example, 'cluster.yaml', 'two')
  put(example, 'queries/q.gq', 'newer')
  expect(bringExample(example, dir)).toEqual(['cluster.yaml'])
  expect([read('cluster.yaml'), read('queries/q.gq')]).toEqual(['mine', 'newer'])
})

it('a directory with other files of these names is refused as demo_directory_taken, and nothing is written', () => {
  mkdirSync(dir)
  put(dir, 'cluster.yaml', 'somebody else')
  const codeOf = () => {
    try {
      return bringExample(example, dir)
    } catch (error) {
      return (error as GroundplaneError).code
    }
  }
  expect(codeOf()).toBe('demo_directory_taken')
  expect([readdirSync(dir), read('cluster.yaml')]).toEqual([['cluster.yaml'], 'somebody else'])
})
