import type { Command } from 'commander'

/** What a shell needs to know of a command to complete it. */
export interface CommandNode {
  /** Words after `groundplane`, joined by a blank; empty for the command itself. */
  readonly path: string
  readonly subcommands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly OptionNode[]
}

export interface OptionNode {
  /** `--json`, and `-e` when there is one. */
  readonly flags: readonly string[]
  readonly description: string
  /** Whether the next word is its value. */
  readonly takesValue: boolean
  /** The values it takes, when they are few; otherwise file names are offered. */
  readonly choices: readonly string[]
}

/** Every command of the program, in the order of the help. Hidden options stay hidden. */
export function commandTree(program: Command): CommandNode[] {
  const nodes: CommandNode[] = []
  const visit = (command: Command, path: string): void => {
    nodes.push({
      path,
      subcommands: command.commands.map((sub) => ({ name: sub.name(), description: sub.description() })),
      options: [
        ...command.options
          .filter(({ hidden }) => !hidden)
          .map(({ short, long, description, required, optional, argChoices }) => ({
            flags: [long, short].filter((flag): flag is string => typeof flag === 'string'),
            description,
            takesValue: required || optional,
            choices: argChoices ?? [],
          })),
        { flags: ['--help', '-h'], description: 'show the help', takesValue: false, choices: [] },
      ],
    })
    for (const sub of command.commands) visit(sub, path === '' ? sub.name() : `${path} ${sub.name()}`)
  }
  visit(program, '')
  return nodes
}

/** One word of the shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
