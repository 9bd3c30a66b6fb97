import type { Command } from 'commander'
import { commandTree } from '../completion/command-tree.js'
import { completionScript } from '../completion/scripts.js'
import type { Shell } from '../completion/shell.js'
import { print } from '../output.js'

export async function runCompletion(shell: Shell, program: Command): Promise<number> {
  print(completionScript(shell, commandTree(program)).trimEnd())
  return 0
}
