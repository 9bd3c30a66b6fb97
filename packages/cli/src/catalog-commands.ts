import type { Command } from 'commander'
import type { Act } from './act.js'
import { formatted, wantsDocument } from './command-options.js'

/** `harvest`, `check`, `catalog`, `incident`, `incidents`: names, options, help. */
export function addCatalogCommands(program: Command, act: Act): void {
  const onCluster = (command: Command) =>
    command
      .option('--cluster <dir>', 'the cluster directory', '.')
      .option('--as <actor>', 'who acts (default: operator.actor of the operator config)')
      .option('--json', 'print one JSON document')

  onCluster(program.command('harvest'))
    .description('Read the declared sources into the catalog')
    .argument('[source...]', 'only these sources (default: all)')
    .addHelpText('after', '\nExample:\n  $ groundplane harvest --cluster examples/olist-oncall')
    .action(async (sources: string[], options) =>
      act(options.json === true, async () =>
        (await import('./commands/harvest.js')).runHarvest(sources, options),
      ),
    )

  onCluster(program.command('check'))
    .description('Run the declared assertions inside their sources and record the results')
    .argument('[source...]', 'only these sources (default: all)')
    .option('--force', 'run also where neither the data nor the assertion has changed since the last run')
    .addHelpText('after', '\nExample:\n  $ groundplane check --cluster examples/olist-oncall')
    .action(async (sources: string[], options) =>
      act(options.json === true, async () =>
        (await import('./commands/check.js')).runCheck(sources, options),
      ),
    )

  program
    .command('catalog')
    .description('Ask the catalog with the tools that agents have; without a name, list them')
    .argument('[tool]', 'e.g. search, brief, impact')
    .argument('[name=value...]', 'arguments of the tool; lists and objects as JSON')
    .option('--args <json>', 'arguments as one JSON object')
    .option('--cluster <dir>', 'the cluster directory (default: the place in use, else .)')
    .option('--graph <id>', 'which catalog of the cluster (may be left out when there is one)')
    .option('--server <name|url>', 'the catalog of a server instead')
    .option('--profile <name>', 'instead: the place a profile of the operator config stands for')
    .option('--as <actor>', 'who acts (default: operator.actor of the operator config)')
    .option('--json', 'print one JSON document on one line')
    .addHelpText(
      'after',
      `\nExamples:
  $ groundplane catalog search query=revenue num_results=3 --cluster examples/olist-oncall
  $ groundplane catalog get_entities urns='["urn:li:tag:pii"]' --server prod`,
    )
    .action(async (tool: string | undefined, given: string[], options) =>
      act(options.json === true, async () =>
        (await import('./commands/catalog.js')).runCatalog(tool, given, options),
      ),
    )

  onCluster(program.command('incident'))
    .description('Investigate one sentence with the on-call crew and raise what it finds')
    .argument('<sentence>', 'what seems wrong, in plain words')
    .addHelpText(
      'after',
      '\nExample:\n  $ groundplane incident "revenue dashboard wrong" --cluster examples/olist-oncall',
    )
    .action(async (sentence: string, options) =>
      act(options.json === true, async () =>
        (await import('./commands/incident.js')).runIncidentCommand(sentence, options),
      ),
    )

  const incidents = program.command('incidents').description('Look after the incidents that were raised')
  formatted(onCluster(incidents.command('list')))
    .description('Open incidents, newest first')
    .option('--graph <id>', 'which catalog (may be left out when there is one)')
    .option('--all', 'resolved ones too')
    .addHelpText('after', '\nExample:\n  $ groundplane incidents list --cluster examples/olist-oncall')
    .action(async (options) =>
      act(wantsDocument(options), async () =>
        (await import('./commands/incidents.js')).runIncidentList(options),
      ),
    )
  onCluster(incidents.command('resolve'))
    .description('Close an incident')
    .argument('<urn>', 'the incident')
    .option('--graph <id>', 'which catalog (may be left out when there is one)')
    .option('--message <text>', 'what was done; kept with the incident')
    .addHelpText(
      'after',
      '\nExample:\n  $ groundplane incidents resolve urn:li:incident:01KAH… --message "reloaded" --cluster examples/olist-oncall',
    )
    .action(async (urn: string, options) =>
      act(options.json === true, async () =>
        (await import('./commands/incidents.js')).runIncidentResolve(urn, options),
      ),
    )
}
