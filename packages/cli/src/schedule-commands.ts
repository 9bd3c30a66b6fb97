import type { Command } from 'commander'
import type { Act } from './act.js'
import { formatted, wantsDocument } from './command-options.js'

/** `schedule run` and `schedule list`: names, options, help. */
export function addScheduleCommands(program: Command, act: Act): void {
  const schedule = program.command('schedule').description('What cluster.yaml wants done at certain times')
  const onCluster = (command: Command) =>
    command
      .option('--cluster <dir>', 'the cluster directory', '.')
      .option('--as <actor>', 'who acts (default: operator.actor of the operator config)')
      .option('--json', 'print one JSON document')

  onCluster(schedule.command('run'))
    .description('Run what is due, once, and end; `groundplane serve` does so by itself')
    .option('--now <schedule...>', 'run these, whether they are due or not, and no others')
    .option('--asked-by <actor>', 'with --now: who wants them run, for the record (default: who acts)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ groundplane schedule run --cluster examples/olist-oncall\n  $ groundplane schedule run --now source.shop',
    )
    .action(async (options, command: Command) => {
      // Nobody asks for what is due anyway.
      if (options.askedBy !== undefined && options.now === undefined)
        command.error("error: option '--asked-by <actor>' needs '--now <schedule...>'")
      await act(options.json === true, async () =>
        (await import('./commands/schedule.js')).runScheduleRun(options),
      )
    })

  formatted(onCluster(schedule.command('list')))
    .description('Every schedule: its last result, its next run, and who runs it now')
    .addHelpText('after', '\nExample:\n  $ groundplane schedule list --cluster examples/olist-oncall')
    .action(async (options) =>
      act(wantsDocument(options), async () =>
        (await import('./commands/schedule.js')).runScheduleList(options),
      ),
    )
}
