import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProgram } from '../program.js'
import { commandTree } from './command-tree.js'
import { completionScript } from './scripts.js'
import { SHELLS, type Shell } from './shell.js'

let dir: string
const tree = commandTree(createProgram('0', async () => {}))

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'groundplane-completion-'))
  for (const shell of SHELLS) writeFileSync(join(dir, shell), completionScript(shell, tree))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What the shell itself offers for the last of the words. */
function offers(shell: Shell, ...words: string[]): string[] {
  const script = join(dir, shell)
  const all = ['groundplane', ...words]
  const list = all.map((word) => `'${word}'`).join(' ')
  const run = (...args: string[]) => execFileSync(shell, args, { encoding: 'utf8', cwd: dir })
  const lines = {
    bash: () =>
      run(
        '--norc',
        '-c',
        `source ${script}; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _groundplane; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ),
    // The widget alone knows how to insert; what it is given is what counts.
    zsh: () =>
      run(
        '-f',
        '-c',
        `compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _files() { print FILES; }
         source ${script}; words=(${list}); CURRENT=${all.length}; _groundplane`,
      ),
    fish: () => run('--no-config', '-c', `source ${script}; complete -C ${quote(all.join(' '))}`),
  }
  const found = lines[shell]()
    .split('\n')
    .map((line) => line.split('\t')[0] as string)
  const last = words.at(-1) as string
  // zsh narrows what it is given down itself.
  return found.filter((word) => word !== '' && (shell !== 'zsh' || word.startsWith(last) || word === 'FILES'))
}

const quote = (text: string) => `'${text}'`

describe.each(SHELLS)('completion in %s', (shell) => {
  const absent = spawnSync(shell, ['-c', 'true']).status !== 0

  it.skipIf(absent)('offers commands, and those below a command', () => {
    expect(offers(shell, 'clu')).toEqual(['cluster'])
    expect(offers(shell, 'policy', '').sort()).toEqual(['explain', 'test', 'validate'])
    expect(offers(shell, 'branch', 'me')).toEqual(['merge'])
  })

  it.skipIf(absent)('offers the options of the command that is typed, and no other', () => {
    expect(offers(shell, 'branch', 'merge', '--del')).toEqual(['--delete-branch'])
    expect(offers(shell, 'serve', '--read')).toEqual(['--read-only'])
    expect(offers(shell, 'export', '--delete')).toEqual([])
  })

  it.skipIf(absent)('offers the values of an option that has few', () => {
    expect(offers(shell, 'query', '--format', 'js').sort()).toEqual(['json', 'jsonl'])
    expect(offers(shell, 'load', '--mode', 'over')).toEqual(['overwrite'])
    // Once it has one, the next word is another option.
    expect(offers(shell, 'load', '--mode', 'merge', '--mes')).toEqual(['--message'])
  })
})

it('every command of the program is in every script', () => {
  expect(tree.length).toBeGreaterThan(50)
  for (const shell of SHELLS) {
    const script = completionScript(shell, tree)
    for (const { path } of tree) expect(script).toContain(`'${path}'`)
  }
})
