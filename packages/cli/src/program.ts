import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { Act } from './act.js'
import { addressed, addressedAnywhere, formatted, wantsDocument } from './command-options.js'
import { SHELLS, type Shell } from './completion/shell.js'
import { addListingCommands } from './listing-commands.js'
import { addOperatorCommands } from './operator-commands.js'
import { addPolicyCommands } from './policy-commands.js'

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

function addClusterCommands(program: Command, act: Act): void {
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

const QUERY_COMMANDS = {
  query: {
    description: 'Run a read query',
    examples: `\nExamples:\n  $ groundplane query --store people.gp -e 'query all() { match { $p: Person } return { $p.name } limit 5 }'\n  $ groundplane query on_call --cluster examples/olist-oncall --graph team`,
  },
  mutate: {
    description: 'Run a write query as one commit',
    examples: `\nExample:\n  $ groundplane mutate --store people.gp -e 'query add($n: String) { insert Person { name: $n } }' --params '{"n":"Ada"}'`,
  },
  explain: {
    description: 'Tell how a query is answered: plan, indexes, rows, time; a write is planned and not done',
    examples: `\nExamples:\n  $ groundplane explain --store people.gp -e 'query all() { match { $p: Person } return { $p.name } limit 5 }'\n  $ groundplane explain on_call --cluster examples/olist-oncall --graph team --json`,
  },
} as const

function addGraphCommands(program: Command, act: Act): void {
  program
    .command('init')
    .description('Create a graph from a schema file, outside any cluster')
    .argument('<root>', 'directory to create, e.g. people.gp')
    .requiredOption('--schema <file>', 'the .pg schema')
    .option('--as <actor>', 'who acts')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ groundplane init --schema people.pg people.gp')
    .action(async (root: string, options) =>
      act(options.json === true, async () => (await import('./commands/init.js')).runInit(root, options)),
    )

  addressedAnywhere(program.command('load'))
    .description('Load JSONL into a graph as one commit')
    .argument('[root]', 'the graph root')
    .requiredOption('--data <file>', 'JSONL lines, or - for standard input')
    .addOption(
      new Option('--mode <mode>', 'strict insert, upsert, or replace the touched types')
        .choices(['append', 'merge', 'overwrite'])
        .default('append'),
    )
    .option('--branch <name>', 'load into this branch (default: main)')
    .option('--if-commit <id>', 'do nothing unless the head is this commit')
    .option('--message <text>', 'kept on the commit')
    .addHelpText(
      'after',
      '\nExamples:\n  $ groundplane load --data seed.jsonl --mode merge people.gp\n  $ groundplane load --data - --server prod --graph people < seed.jsonl',
    )
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () => (await import('./commands/load.js')).runLoad(root, options)),
    )

  for (const kind of ['query', 'mutate', 'explain'] as const) {
    const command = addressedAnywhere(program.command(kind))
      .description(QUERY_COMMANDS[kind].description)
      .argument('[name]', 'a stored query of the cluster graph')
      .option('-e, --expression <text>', 'the query itself')
      .option('-f, --file <file>', 'a .gq file')
      .option('--name <query>', 'which query of the text (may be left out when there is one)')
      .option('--params <json>', 'parameters as a JSON object', '{}')
      .option('--params-file <file>', 'parameters from a JSON file')
    if (kind === 'query') formatted(command)
    command.option(
      '--branch <name>',
      `${kind === 'mutate' ? 'write to' : 'read'} this branch (default: main)`,
    )
    command.option('--if-commit <id>', 'do nothing unless the head is this commit')
    if (kind !== 'mutate') {
      command.option('--snapshot <commit>', 'read the graph as it was at this commit')
      command.option('--max-rows <n>', 'stop after this many rows', wholeNumber)
      command.option('--timeout <ms>', 'deadline in milliseconds', milliseconds)
      if (kind === 'query') command.option('--explain', 'tell how it is answered instead of the rows')
    } else {
      command.option('--message <text>', 'kept on the commit')
    }
    command
      .addHelpText('after', QUERY_COMMANDS[kind].examples)
      .action(async (name: string | undefined, options) =>
        act(wantsDocument(options), async () =>
          (await import('./commands/query.js')).runQuery(kind, name, options),
        ),
      )
  }

  addressedAnywhere(program.command('export'))
    .description('Write a graph as JSONL: nodes, then edges, in a stable order')
    .argument('[root]', 'the graph root')
    .option('--branch <name>', 'this branch (default: main)')
    .option('--snapshot <commit>', 'the graph as it was at this commit')
    .option('--if-commit <id>', 'do nothing unless the head is this commit')
    .option('--type <name...>', 'only these types')
    .addHelpText('after', '\nExample:\n  $ groundplane export people.gp > people.jsonl')
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () => (await import('./commands/export.js')).runExport(root, options)),
    )

  addSchemaCommands(program, act)
  addMaintenanceCommands(program, act)
  addBlobCommands(program, act)

  addBranchCommands(program, act)
  addListingCommands(program, act)

  const commits = program.command('commit').description('Read the history of a graph')
  formatted(addressedAnywhere(commits.command('list')))
    .description('Commits of a branch, newest first')
    .argument('[root]', 'the graph root')
    .option('--branch <name>', 'the history of this branch (default: main)')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .addHelpText('after', '\nExample:\n  $ groundplane commit list people.gp --limit 5')
    .action(async (root: string | undefined, options) =>
      act(wantsDocument(options), async () =>
        (await import('./commands/commits.js')).runCommitList(root, options),
      ),
    )
  addressedAnywhere(commits.command('show'))
    .description('One commit and its entity changes')
    .argument('<id>', 'the commit id')
    .argument('[root]', 'the graph root')
    .addHelpText('after', '\nExample:\n  $ groundplane commit show 01KAH… people.gp')
    .action(async (id: string, root: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/commits.js')).runCommitShow(id, root, options),
      ),
    )
}

function addSchemaCommands(program: Command, act: Act): void {
  const schema = program.command('schema').description('Read and migrate the schema of a graph')
  addressed(schema.command('show'))
    .description('The schema in force at the head, or at a past commit')
    .argument('[root]', 'the graph root')
    .option('--branch <name>', 'the schema this branch reads with')
    .option('--snapshot <commit>', 'the schema as it was at this commit')
    .addHelpText('after', '\nExample:\n  $ groundplane schema show people.gp')
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/schema.js')).runSchemaShow(root, options),
      ),
    )
  for (const [kind, description] of [
    ['plan', 'Show the steps a schema would take, and what refuses them; writes nothing'],
    ['apply', 'Migrate a graph to a schema as one commit'],
  ] as const) {
    addressed(schema.command(kind))
      .description(description)
      .argument('[root]', 'the graph root')
      .requiredOption('--schema <file>', 'the .pg schema wanted')
      .option('--branch <name>', 'the branch to migrate (default: main); others keep the schema they have')
      .option('--allow-data-loss', 'erase what is dropped from past commits too, for good')
      .option('--if-commit <id>', 'do nothing unless the head is this commit')
      .option('--message <text>', 'kept on the commit')
      .option('--yes', 'do not ask before erasing data for good')
      .addHelpText('after', `\nExample:\n  $ groundplane schema ${kind} --schema people.pg people.gp`)
      .action(async (root: string | undefined, options) =>
        act(options.json === true, async () =>
          (await import('./commands/schema.js')).runSchemaChange(kind, root, options),
        ),
      )
  }
}

function addBlobCommands(program: Command, act: Act): void {
  const blob = program.command('blob').description('Read the content of a Blob property')
  for (const [kind, description] of [
    ['get', 'Write the content to standard output or a file'],
    ['stat', 'Size and digest of the content, or where it is kept'],
  ] as const) {
    const command = addressed(blob.command(kind))
      .description(description)
      .argument('<entity>', 'node or edge')
      .argument('<type>', 'the type of the entity')
      .argument('<id>', 'its id')
      .argument('<property>', 'the Blob property')
      .option('--branch <name>', 'read at the head of this branch')
      .option('--snapshot <commit>', 'read as it was at this commit')
    if (kind === 'get') {
      command.option('--offset <n>', 'skip so many bytes', wholeNumber)
      command.option('--length <n>', 'at most so many bytes', wholeNumber)
      command.option('--out <file>', 'write here instead of standard output')
    }
    command
      .addHelpText('after', `\nExample:\n  $ groundplane blob ${kind} node Report r1 file --store reports.gp`)
      .action(async (entity: string, type: string, id: string, property: string, options) =>
        act(options.json === true, async () =>
          (await import('./commands/blob.js')).runBlob(kind, { entity, type, id, property }, options),
        ),
      )
  }
}

function addMaintenanceCommands(program: Command, act: Act): void {
  addressed(program.command('optimize'))
    .description('Refresh statistics, drop unused indexes, fold the log into the file; changes no answer')
    .argument('[root]', 'the graph root')
    .addHelpText('after', '\nExample:\n  $ groundplane optimize people.gp')
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/maintenance.js')).runOptimize(root, options),
      ),
    )
  addressed(program.command('repair'))
    .description('Verify everything derived against the versions and rebuild what differs; guesses nothing')
    .argument('[root]', 'the graph root')
    .option('--dry-run', 'only report')
    .addHelpText('after', '\nExample:\n  $ groundplane repair people.gp')
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/maintenance.js')).runRepair(root, options),
      ),
    )
  addressed(program.command('cleanup'))
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

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `7d` → milliseconds. */
function age(text: string): number {
  const match = /^(\d{1,6})([smhdw])$/.exec(text)
  if (!match) throw new InvalidArgumentError('an age like 12h, 7d or 4w, please.')
  return Number(match[1]) * (UNIT_MS[match[2] as string] as number)
}

function addBranchCommands(program: Command, act: Act): void {
  const branches = program.command('branch').description('Make, list, merge and delete branches of a graph')
  const bodies = () => import('./commands/branches.js')
  addressedAnywhere(branches.command('create'))
    .description('Start a branch; it costs the same whatever the graph holds')
    .argument('<name>', 'its name, / allowed')
    .argument('[root]', 'the graph root')
    .option('--from <branch|commit>', 'where it starts (default: the head of main)')
    .option('--if-commit <id>', 'do nothing unless it would start at this commit')
    .addHelpText('after', '\nExample:\n  $ groundplane branch create review/2026-11 people.gp')
    .action(async (name: string, root: string | undefined, options) =>
      act(options.json === true, async () => (await bodies()).runBranchCreate(name, root, options)),
    )
  formatted(addressedAnywhere(branches.command('list')))
    .description('The live branches and their heads')
    .argument('[root]', 'the graph root')
    .addHelpText('after', '\nExample:\n  $ groundplane branch list people.gp')
    .action(async (root: string | undefined, options) =>
      act(wantsDocument(options), async () => (await bodies()).runBranchList(root, options)),
    )
  addressedAnywhere(branches.command('delete'))
    .description('Delete a branch; its commits stay readable until cleanup')
    .argument('<name>', 'the branch')
    .argument('[root]', 'the graph root')
    .option('--if-commit <id>', 'do nothing unless its head is this commit')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  $ groundplane branch delete review/2026-11 people.gp')
    .action(async (name: string, root: string | undefined, options) =>
      act(options.json === true, async () => (await bodies()).runBranchDelete(name, root, options)),
    )
  addressedAnywhere(branches.command('merge'))
    .description('Merge a branch as one commit, or report every conflict and do nothing')
    .argument('<source>', 'the branch that is merged')
    .argument('[root]', 'the graph root')
    .option('--into <branch>', 'the branch that receives it', 'main')
    .option('--dry-run', 'show what would happen; write nothing')
    .option('--delete-branch', 'delete the source when the merge has landed')
    .option('--if-commit <id>', 'do nothing unless the head of the receiving branch is this commit')
    .option('--message <text>', 'kept on the commit')
    .addHelpText('after', '\nExample:\n  $ groundplane branch merge review/2026-11 people.gp --dry-run')
    .action(async (source: string, root: string | undefined, options) =>
      act(options.json === true, async () => (await bodies()).runBranchMerge(source, root, options)),
    )
  addressedAnywhere(program.command('changes'))
    .description('What changed: a branch commit by commit, or from one commit to another')
    .argument('[root]', 'the graph root')
    .option('--branch <name>', 'the branch (default: main)')
    .option('--start <where>', 'now, beginning or after:<commit> (default: now)')
    .option('--cursor <cursor>', 'go on where an earlier call stopped')
    .option('--baseline', 'instead: all of the branch as JSONL, the last line with the cursor that goes on')
    .option('--from <commit|branch>', 'instead: the net change from this commit …')
    .option('--to <commit|branch>', '… to this one (default: the head)')
    .option('--page-token <token>', 'the next page of this question')
    .option('--limit <n>', 'changes in a page', wholeNumber)
    .option('--type <name...>', 'only these types')
    .addHelpText('after', '\nExample:\n  $ groundplane changes people.gp --start beginning --json')
    .action(async (root: string | undefined, options) =>
      act(options.json === true, async () =>
        (await import('./commands/changes.js')).runChanges(root, options),
      ),
    )
}

function addCatalogCommands(program: Command, act: Act): void {
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

function addServeCommands(program: Command, act: Act): void {
  program
    .command('serve')
    .description('Serve the applied revision: HTTP, MCP and the console on one port')
    .option('--cluster <dir>', 'the cluster directory', '.')
    .option('--bind <host:port>', 'port 0 chooses a free one', '127.0.0.1:8080')
    .option(
      '--tokens-file <file>',
      'JSON object {"<actor>": "<token>"} (or GROUNDPLANE_SERVER_BEARER_TOKENS_JSON)',
    )
    .option('--unauthenticated', 'serve everybody everything; only for a machine of your own')
    .option('--read-only', 'take no writes; for a copy of a cluster')
    .option('--require-all-graphs', 'refuse to start when any graph cannot be served')
    .option(
      '--reload-interval <seconds>',
      'how often to look for a newly applied revision; 0 only on SIGHUP',
      reloadInterval,
      2,
    )
    .option('--cors-origin <origin...>', 'other origins whose pages may call this server')
    .option(
      '--actor-rate <n>',
      'requests per second of one actor, as many again at once; 0 is no limit',
      wholeNumber,
      0,
    )
    .option(
      '--actor-concurrency <n>',
      'requests of one actor under way at the same time; 0 is no limit',
      wholeNumber,
      128,
    )
    .option('--slow-query-ms <n>', 'log queries that take so long or longer; 0 logs each', wholeNumber, 1000)
    .addOption(
      new Option('--log-level <level>', 'what goes to standard error; info has allowed decisions too')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .option('--json', 'print the address and what is served as one JSON line')
    .addHelpText(
      'after',
      `\nExample:\n  $ GROUNDPLANE_SERVER_BEARER_TOKENS_JSON='{"ada":"s3cret"}' groundplane serve --cluster examples/olist-oncall`,
    )
    .action(async (options) =>
      act(options.json === true, async () => (await import('./commands/serve.js')).runServe(options)),
    )

  program
    .command('mcp')
    .description('Speak MCP on standard input and output for one local agent')
    .option('--cluster <dir>', 'the cluster directory', '.')
    .option('--as <actor>', 'who the agent acts as (default: operator.actor of the operator config)')
    .addHelpText('after', '\nExample:\n  $ groundplane mcp --cluster examples/olist-oncall --as agent-1')
    .action(async (options) => act(false, async () => (await import('./commands/serve.js')).runMcp(options)))

  program
    .command('demo')
    .description('Build the demo data, run the main job end to end, keep serving')
    .option('--once', 'exit 0 when the incident is resolved')
    .option('--json', 'print the incident document as the last line')
    .option('--dir <dir>', 'where the demo lives', '.demo/olist-oncall')
    .option(
      '--bind <host:port>',
      'port 0 chooses a free one (default: 127.0.0.1:8080, with --once a free one)',
    )
    .option('--sentence <text>', 'what seems wrong', 'revenue dashboard wrong')
    .addHelpText('after', '\nExample:\n  $ groundplane demo --once --json')
    .action(async (options) =>
      act(options.json === true, async () => (await import('./commands/demo.js')).runDemo(options)),
    )
}

function addLanguageCommands(program: Command, act: Act): void {
  program
    .command('fmt')
    .description('Lay out .pg and .gq files; prints the names of those it changes')
    .argument('[path...]', 'files, or directories to search (default: .)')
    .option('--check', 'change nothing; exit 1 when a file would change')
    .addHelpText('after', '\nExample:\n  $ groundplane fmt --check examples/olist-oncall')
    .action(async (paths: string[], options) =>
      act(false, async () => (await import('./commands/fmt.js')).runFmt(paths, options)),
    )

  program
    .command('lint')
    .description('Check schemas and queries; warn about what is likely not meant')
    .argument('[path...]', 'a directory with a cluster.yaml or one schema, or files (default: .)')
    .option('--row-counts <file>', 'JSON object from type names to rows, for warnings about large types')
    .option('--strict', 'exit 1 on warnings too')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ groundplane lint examples/olist-oncall')
    .action(async (paths: string[], options) =>
      act(options.json === true, async () => (await import('./commands/lint.js')).runLint(paths, options)),
    )

  program
    .command('lsp')
    .description('Serve an editor: the language server of .pg and .gq on standard input and output')
    .addOption(new Option('--stdio', 'accepted because editors pass it; there is no other way').hideHelp())
    .addHelpText('after', '\nExample (an editor starts it):\n  $ groundplane lsp')
    .action(async () => act(false, async () => (await import('./commands/lsp.js')).runLsp()))
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Write a whole number.')
  }
  return value
}

/** What a timer can wait: at most 2^31 - 1 ms, not quite 25 days. */
function milliseconds(text: string): number {
  const value = wholeNumber(text)
  if (value < 1 || value > 2 ** 31 - 1) throw new InvalidArgumentError('Write 1 to 2147483647.')
  return value
}

/** Seconds, fractions too; a day at most, which a timer can wait. */
function reloadInterval(text: string): number {
  const seconds = Number(text)
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 86_400))
    throw new InvalidArgumentError('Write seconds, 0 to 86400.')
  return seconds
}
