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

  // So that an option after the name of a command below it is that command's own.
  const catalog = program.command('catalog').enablePositionalOptions()
  catalog
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

  addDatahubCommands(catalog, act)

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

/** `catalog export` and `catalog publish`: the catalog in DataHub's own forms. */
function addDatahubCommands(catalog: Command, act: Act): void {
  const onCatalog = (command: Command) =>
    command
      .option('--cluster <dir>', 'the cluster directory (default: the place in use, else .)')
      .option('--graph <id>', 'which catalog of the cluster (may be left out when there is one)')
      .option('--profile <name>', 'instead: the place a profile of the operator config stands for')
      .option('--as <actor>', 'who acts (default: operator.actor of the operator config)')
      .option('--branch <name>', 'the branch (default: main)')
      .option('--json', 'print one JSON document')

  onCatalog(catalog.command('export'))
    .description('Write the catalog to a metadata file of DataHub')
    .argument('<file>', 'the file that is written, whole or not at all')
    .option('--snapshot <commit>', 'the catalog as it was at this commit')
    .option('--changed-since <commit>', 'only what is otherwise than at this commit')
    .addHelpText(
      'after',
      '\nExample:\n  $ groundplane catalog export catalog.json --cluster examples/olist-oncall',
    )
    .action(async (file: string, options) =>
      act(options.json === true, async () =>
        (await import('./commands/catalog-export.js')).runCatalogExport(file, options),
      ),
    )
  onCatalog(catalog.command('publish'))
    .description('Tell a server of DataHub what has changed since it was told last')
    .argument('[target]', 'a target that cluster.yaml declares under publish')
    .option('--to <gms-url>', 'instead: address of the GMS, e.g. https://datahub.example.com:8080')
    .option('--token-env <NAME>', 'the environment variable that holds the token')
    .option('--plain-http', 'let the token go without TLS, where the network in between is trusted')
    .option('--dry-run', 'show what would be sent; ask nobody, send nothing')
    .option('--full', 'send everything, whatever was published before')
    .addHelpText(
      'after',
      '\nExample:\n  $ groundplane catalog publish --to https://datahub.example.com:8080 --token-env DATAHUB_TOKEN --dry-run',
    )
    .action(async (target: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/catalog-publish.js')).runCatalogPublish(target, options),
      ),
    )
}
