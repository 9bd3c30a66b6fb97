import { type Command, Option } from 'commander'
import { FORMATS, type Format } from './format.js'

/** Options that several commands have in common. */

/** A graph is addressed one way at a time. */
export function addressed(command: Command): Command {
  return command
    .option('--store <root>', 'a graph root (a directory ending in .gp)')
    .option('--cluster <dir>', 'a cluster directory whose applied graph is meant')
    .option('--graph <id>', 'which graph of the cluster or server (may be left out when there is one)')
    .option('--profile <name>', 'instead: the place a profile of the operator config stands for')
    .option('--as <actor>', 'who acts (default: operator.actor of the operator config)')
    .option('--json', 'print one JSON document')
}

/** The same, and graphs of servers besides. */
export function addressedAnywhere(command: Command): Command {
  return addressed(command).option(
    '--server <name|url>',
    'a server; its token is that of `groundplane login` or of the environment',
  )
}

/** For results that are rows. */
export function formatted(command: Command): Command {
  return command.addOption(
    new Option(
      '--format <format>',
      'how to print rows (default: table, or defaults.output); json is --json',
    ).choices(FORMATS),
  )
}

/** Whether the command line asks for one JSON document, of a failure too. */
export function wantsDocument({ json, format }: { json?: boolean; format?: Format }): boolean {
  return json === true || format === 'json'
}
