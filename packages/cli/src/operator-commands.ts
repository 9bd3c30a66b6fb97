import type { Command } from 'commander'
import type { Act } from './act.js'
import { formatted, wantsDocument } from './command-options.js'

/** `login`, `logout`, `profile …` and `alias …`: names, options, help. */
export function addOperatorCommands(program: Command, act: Act): void {
  const tokens = () => import('./commands/login.js')
  program
    .command('login')
    .description('Keep the token of a server, for this operator on this machine')
    .argument('<server>', 'a name under `servers:` of the operator config, or an address')
    .option('--token-file <file>', 'read it from here (default: standard input, or a question)')
    .option('--no-verify', 'do not ask the server whether it takes the token')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ pass show groundplane/prod | groundplane login prod')
    .action(async (server: string, options) =>
      act(options.json === true, async () => (await tokens()).runLogin(server, options)),
    )
  program
    .command('logout')
    .description('Forget the token of a server')
    .argument('[server]', 'a name or an address')
    .option('--all', 'forget every token')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ groundplane logout prod')
    .action(async (server: string | undefined, options) =>
      act(options.json === true, async () => (await tokens()).runLogout(server, options)),
    )
  addProfileCommands(program, act)
  addAliasCommands(program, act)
}

function addProfileCommands(program: Command, act: Act): void {
  const bodies = () => import('./commands/profiles.js')
  const profile = program.command('profile').description('Named places to work in, of the operator config')
  formatted(profile.command('list'))
    .description('The profiles, with the one in use marked')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ groundplane profile list')
    .action(async (options) =>
      act(wantsDocument(options), async () => (await bodies()).runProfileList(options)),
    )
  profile
    .command('show')
    .description('What a profile stands for')
    .argument('[name]', 'default: the one in use')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ groundplane profile show prod')
    .action(async (name: string | undefined, options) =>
      act(options.json === true, async () => (await bodies()).runProfileShow(name, options)),
    )
  profile
    .command('use')
    .description('Use a profile wherever a command names no place')
    .argument('[name]', 'which')
    .option('--none', 'use none')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ groundplane profile use prod')
    .action(async (name: string | undefined, options) =>
      act(options.json === true, async () => (await bodies()).runProfileUse(name, options)),
    )
}

function addAliasCommands(program: Command, act: Act): void {
  const bodies = () => import('./commands/alias.js')
  const alias = program.command('alias').description('Stored queries under names of your own')
  formatted(alias.command('list'))
    .description('The aliases of the operator config')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ groundplane alias list')
    .action(async (options) =>
      act(wantsDocument(options), async () => (await bodies()).runAliasList(options)),
    )
  formatted(alias.command('run'))
    .description('Run the stored query behind an alias')
    .argument('<name>', 'the alias')
    .argument('[value...]', 'values of its `args`, in their order')
    .option('--params <json>', 'more parameters; they win', '{}')
    .option('--profile <name>', 'where, when the alias does not say')
    .option('--as <actor>', 'who acts, in a cluster on this machine')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ groundplane alias run triage 2026-06-01')
    .action(async (name: string, values: string[], options) =>
      act(wantsDocument(options), async () => (await bodies()).runAlias(name, values, options)),
    )
}
