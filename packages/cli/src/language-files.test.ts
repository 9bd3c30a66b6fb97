import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { languageFiles } from './language-files.js'

it('what the control plane publishes and what a store keeps is not among the files below a directory', () => {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-files-'))
  try {
    for (const at of ['queries', '__cluster/resources/query/g/q', 'graphs/g.gp']) {
      mkdirSync(join(dir, at), { recursive: true })
      writeFileSync(join(dir, at, 'a.gq'), '')
    }
    expect(languageFiles([dir])).toEqual([join(dir, 'queries', 'a.gq')])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
