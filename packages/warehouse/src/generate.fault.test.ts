import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { generateWarehouses } from './generate.js'

const scale = { geolocation: 0.01 }
/** Progress reports of a whole run at this scale: 17 of the reference, then its publication, copy, faults, publication. */
const REPORTS = 21

/** Runs the generator in a child process and kills it at its `n`th progress report. */
function killAtReport(dir: string, n: number): Promise<void> {
  const program = `
    import { generateWarehouses } from ${JSON.stringify(new URL('./generate.js', import.meta.url).href)}
    let reports = 0
    generateWarehouses({ dir: ${JSON.stringify(dir)}, scale: ${JSON.stringify(scale)}, onProgress() {
      if (++reports === ${n}) process.kill(process.pid, 'SIGKILL')
    } })`
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
    child.on('error', reject)
    child.on('exit', () => resolve())
  })
}

test('a process killed at any stage leaves each warehouse whole or absent, and the next run makes the rest', async () => {
  // Inside the rows, before the first rename, before the faults, before the second rename.
  for (const report of [5, REPORTS - 3, REPORTS - 1, REPORTS]) {
    const dir = mkdtempSync(join(tmpdir(), 'warehouse-'))
    try {
      await killAtReport(dir, report)
      for (const name of readdirSync(dir).filter((f) => f.endsWith('.db'))) {
        const db = new Database(join(dir, name), { readonly: true })
        expect(db.pragma('quick_check', { simple: true })).toBe('ok')
        db.close()
      }
      const rows = generateWarehouses({ dir, scale }).map((w) => w.rows)
      expect(rows).toEqual([560_761, 552_806])
      expect(readdirSync(dir).sort()).toEqual(['olist_dirty.db', 'olist_source.db'])
    } finally {
      rmSync(dir, { recursive: true })
    }
  }
}, 120_000)
