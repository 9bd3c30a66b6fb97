import { type Command, Option } from 'commander'
import type { Act } from './act.js'

/** `fmt`, `lint`, `lsp`: names, options, help. */
export function addLanguageCommands(program: Command, act: Act): void {
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
