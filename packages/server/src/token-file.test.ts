import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

it('a file that cannot be read leaves the tokens as they are, and at the start there are none', () => {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-tokens-'))
  const file = join(dir, 'tokens.json')
  const said: string[] = []
  const log = { info() {}, error: (_: unknown, line: string) => void said.push(line) }
  try {
    expect(() => new TokenFile(file, log as never)).toThrow(
      expect.objectContaining({ code: 'tokens_unreadable' }),
    )
    writeFileSync(file, '{"ada": "token-of-ada"}')
    const tokens = new TokenFile(file, log as never)
    rmSync(file)
    mkdirSync(file)
    for (let i = 0; i < 3; i++) tokens.refresh()
    expect(tokens.current.resolve('token-of-ada')?.actor).toBe('ada')
    expect(tokens.refusal).toBe('tokens_unreadable')
    expect(said).toEqual([expect.stringContaining('the tokens stay as they are')])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
