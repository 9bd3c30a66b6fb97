import { type Command, Option } from 'commander'
import type { Act } from './act.js'
import { addressed } from './command-options.js'
import { age, wholeNumber } from './option-values.js'

/** `optimize`, `repair`, `cleanup`: names, options, help. */
export function addMaintenanceCommands(program: Command, act: Act): void {
  onFiles(program.command('optimize'))
    .description('Refresh statistics, drop unused indexes, fold the log into the file; changes no answer')
    .argument('[root]', 'the graph root')
    .addHelpText('after', '\nExample:\n  $ groundplane optimize people.gp')
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/maintenance.js')).runOptimize(root, options),
      ),
    )
  onFiles(program.command('repair'))
    .description('Verify everything derived against the versions and rebuild what differs; guesses nothing')
    .argument('[root]', 'the graph root')
    .option('--dry-run', 'only report')
    .addHelpText('after', '\nExample:\n  $ groundplane repair people.gp')
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/maintenance.js')).runRepair(root, options),
      ),
    )
  onFiles(program.command('cleanup'))
    .description(
      'Remove versions that no branch and no kept commit can see; shows what would go until --confirm',
    )
    .argument('[root]', 'the graph root')
    .option('--keep <n>', 'keep the newest n commits of each branch', wholeNumber)
    .option('--older-than <age>', 'keep what is younger: 12h, 7d, 4w', age)
    .option('--confirm', 'do it; without, only show what would be removed')
    .option('--vacuum', 'give the freed space back to the file system')
    .option('--yes', 'do not ask; for graphs that are not local')
    .addHelpText('after', '\nExample:\n  $ groundplane cleanup people.gp --keep 10 --older-than 7d --confirm')
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/maintenance.js')).runCleanup(root, options),
      ),
    )
}

/** Not offered on a server; the option is there so that the refusal says where to run it. */
function onFiles(command: Command): Command {
  return addressed(command).addOption(new Option('--server <name|url>').hideHelp())
}
