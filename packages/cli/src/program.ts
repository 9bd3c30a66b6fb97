import { Argument, Command } from 'commander'
import type { Act } from './act.js'
import { addCatalogCommands } from './catalog-commands.js'
import { addClusterCommands } from './cluster-commands.js'
import { SHELLS, type Shell } from './completion/shell.js'
import { addGraphCommands } from './graph-commands.js'
import { addLanguageCommands } from './language-commands.js'
import { addOperatorCommands } from './operator-commands.js'
import { addPolicyCommands } from './policy-commands.js'
import { addScheduleCommands } from './schedule-commands.js'
import { addServeCommands } from './serve-commands.js'

/**
 * The command tree: names, options, help. Bodies are imported when their command
 * runs, so that `--help` loads none of the planes.
 */
export function createProgram(version: string, act: Act): Command {
  const program = new Command('groundplane')
    .exitOverride()
    .description("One common, governed reference for what is true about an organisation's data.")
    .version(version)
    .showHelpAfterError('(add --help for the options and an example)')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Start here:
  $ groundplane demo                       the main job on generated data, then a served console
  $ groundplane cluster validate --config examples/olist-oncall`,
    )
  addClusterCommands(program, act)
  addGraphCommands(program, act)
  addCatalogCommands(program, act)
  addScheduleCommands(program, act)
  addServeCommands(program, act)
  addPolicyCommands(program, act)
  addOperatorCommands(program, act)
  addLanguageCommands(program, act)
  addCompletionCommand(program, act)
  quietOption(program)
  return program
}

function addCompletionCommand(program: Command, act: Act): void {
  program
    .command('completion')
    .description('Print the script that teaches a shell to complete this command')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(groundplane completion bash)        in ~/.bashrc
  $ source <(groundplane completion zsh)         in ~/.zshrc, after compinit
  $ groundplane completion fish | source         in ~/.config/fish/config.fish`,
    )
    .action(async (shell: Shell) =>
      act(false, async () => (await import('./commands/completion.js')).runCompletion(shell, program)),
    )
}

/** Every command has it: nothing on standard error but what fails. */
function quietOption(command: Command): void {
  for (const sub of command.commands) {
    if (sub.commands.length > 0) quietOption(sub)
    else sub.option('--quiet', 'say nothing but the result and what fails')
  }
}
