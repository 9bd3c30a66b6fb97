import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TokenFile } from './token-file.js'

it('a pipe is read once: a later look neither waits for it nor takes what it gives then', () => {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-tokens-'))
  const pipe = join(dir, 'pipe')
  execFileSync('mkfifo', [pipe])
  const writers = ['first', 'second'].map((actor) => {
    const file = join(dir, `${actor}.json`)
    writeFileSync(file, JSON.stringify({ [actor]: `token-of-${actor}` }))
    return () => spawn('sh', ['-c', 'exec cat "$0" > "$1"', file, pipe])
  })
  const [first, second] = writers as [() => ReturnType<typeof spawn>, () => ReturnType<typeof spawn>]
  const started = [first()]
  try {
    const tokens = new TokenFile(pipe, console as never)
    started.push(second())
    tokens.refresh()
    expect(tokens.current.resolve('token-of-first')?.actor).toBe('first')
  } finally {
    for (const writer of started) writer.kill()
    rmSync(dir, { recursive: true, force: true })
  }
})
