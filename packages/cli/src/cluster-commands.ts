import type { Command } from 'commander'
import type { Act } from './act.js'
import { wholeNumber } from './option-values.js'

/** `cluster …`: converge a directory: names, options, help. */
export function addClusterCommands(program: Command, act: Act): void {
  const cluster = program.command('cluster').description('Declare, plan and apply a cluster directory')
  const define = (name: string, description: string, example: string) =>
    cluster
      .command(name)
      .description(description)
      .option('--config <dir>', 'the cluster directory', '.')
      .option('--json', 'print one JSON document')
      .addHelpText('after', `\nExample:\n  $ groundplane cluster ${example}`)

  for (const [name, description, actor] of [
    ['validate', 'Parse and check everything the directory declares'],
    ['import', 'Create the ledger from the config and what is observed', 'who imports'],
    ['status', 'Show what the ledger records; writes nothing'],
    ['refresh', 'Record what is: live schemas, payloads, missing roots', 'who refreshes'],
  ] as const) {
    const command = define(name, description, `${name} --config examples/olist-oncall`)
    if (actor) command.option('--as <actor>', `${actor} (default: operator.actor of the operator config)`)
    command.action(async (options) =>
      act(options.json === true, async () =>
        (await import('./commands/cluster.js')).runCluster(name, options),
      ),
    )
  }
  define('plan', 'Preview what apply would do', 'plan --config examples/olist-oncall')
    .option('--no-refresh', 'do not look at the live graphs for drift')
    .option('--as <actor>', 'who plans, as the lock says (default: operator.actor of the operator config)')
    .action(async (options) =>
      act(options.json === true, async () =>
        (await import('./commands/cluster.js')).runCluster('plan', options),
      ),
    )
  define('apply', 'Make reality what the directory declares', 'apply --config examples/olist-oncall --as ada')
    .option('--as <actor>', 'who applies (default: operator.actor of the operator config)')
    .option('--yes', 'do not ask before deleting a graph of a cluster that is not on this machine')
    .action(async (options) =>
      act(options.json === true, async () =>
        (await import('./commands/cluster.js')).runCluster('apply', options),
      ),
    )
  define(
    'approve',
    'Allow one change that cannot be undone, exactly as the plan shows it now',
    'approve graph.scratch --config examples/olist-oncall --as ada',
  )
    .argument('<address>', 'what `cluster plan` says needs an approval: graph.<id>')
    .option('--as <actor>', 'who approves (default: operator.actor of the operator config)')
    .action(async (address: string, options) =>
      act(options.json === true, async () =>
        (await import('./commands/cluster.js')).runCluster('approve', { ...options, address }),
      ),
    )
  define(
    'diff',
    'What differs between two revisions of the ledger',
    'diff 4 6 --config examples/olist-oncall',
  )
    .argument('[from]', 'a revision number (default: the one before)', wholeNumber)
    .argument('[to]', 'a revision number (default: the newest)', wholeNumber)
    .action(async (from: number | undefined, to: number | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/cluster.js')).runCluster('diff', { ...options, from, to }),
      ),
    )
  define(
    'gc',
    'Remove old revisions and the content that no kept one names; shows what would go until --confirm',
    'gc --confirm --config examples/olist-oncall',
  )
    .option('--confirm', 'do it; without, only show what would be removed')
    .option('--keep-revisions <n>', 'past revisions that stay, with their content', wholeNumber, 10)
    .option(
      '--as <actor>',
      'who cleans up, as the lock says (default: operator.actor of the operator config)',
    )
    .option('--yes', 'do not ask; for a cluster that is not on this machine')
    .action(async (options) =>
      act(options.json === true, async () =>
        (await import('./commands/cluster.js')).runCluster('gc', options),
      ),
    )
  define(
    'force-unlock',
    'Remove a lock left behind, by its exact id',
    'force-unlock 01KAH… --config examples/olist-oncall',
  )
    .argument('<lock-id>', 'the id that `cluster status` shows')
    .action(async (lockId: string, options) =>
      act(options.json === true, async () =>
        (await import('./commands/cluster.js')).runCluster('force-unlock', { ...options, lockId }),
      ),
    )
}
