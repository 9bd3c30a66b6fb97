import { type Command, Option } from 'commander'
import type { Act } from './act.js'
import { addBranchCommands } from './branch-commands.js'
import { addressedAnywhere, formatted, wantsDocument } from './command-options.js'
import { addListingCommands } from './listing-commands.js'
import { addMaintenanceCommands } from './maintenance-commands.js'
import { milliseconds, wholeNumber } from './option-values.js'

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

/** `init`, `load`, `query`, `mutate`, `export`, `commit`, `changes`, `schema`, `blob`: one graph: names, options, help. */
export function addGraphCommands(program: Command, act: Act): void {
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
    .option('--yes', 'do not ask before an overwrite; for graphs that are not local')
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
  addressedAnywhere(schema.command('show'))
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
    addressedAnywhere(schema.command(kind))
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
    const command = addressedAnywhere(blob.command(kind))
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
