import type { Command } from 'commander'
import type { Act } from './act.js'
import { addressedAnywhere, formatted, wantsDocument } from './command-options.js'

/** `snapshot`, `graphs list` and `queries list`: names, options, help. */
export function addListingCommands(program: Command, act: Act): void {
  formatted(addressedAnywhere(program.command('snapshot')))
    .description('The commit a branch is at, and how many entities of each type are there')
    .argument('[root]', 'the graph root')
    .option('--branch <name>', 'this branch (default: main)')
    .option('--snapshot <commit>', 'the graph as it was at this commit')
    .addHelpText('after', '\nExample:\n  $ groundplane snapshot people.gp --format csv')
    .action(async (root: string | undefined, options) =>
      act(wantsDocument(options), async () =>
        (await import('./commands/snapshot.js')).runSnapshot(root, options),
      ),
    )

  const graphs = program.command('graphs').description('The graphs of a cluster or a server')
  formatted(addressedAnywhere(graphs.command('list')))
    .description('Graphs that can be worked with; of a root, that one')
    .argument('[root]', 'a graph root')
    .addHelpText(
      'after',
      '\nExamples:\n  $ groundplane graphs list --cluster examples/olist-oncall\n  $ groundplane graphs list --server prod',
    )
    .action(async (root: string | undefined, options) =>
      act(wantsDocument(options), async () =>
        (await import('./commands/graphs.js')).runGraphsList(root, options),
      ),
    )

  const queries = program.command('queries').description('The stored queries of a graph')
  formatted(addressedAnywhere(queries.command('list')))
    .description('Stored queries that can be called by name, with their parameters')
    .argument('[root]', 'a graph root')
    .addHelpText(
      'after',
      '\nExample:\n  $ groundplane queries list --cluster examples/olist-oncall --graph team',
    )
    .action(async (root: string | undefined, options) =>
      act(wantsDocument(options), async () =>
        (await import('./commands/queries.js')).runQueriesList(root, options),
      ),
    )
}
