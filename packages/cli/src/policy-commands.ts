import type { Command } from 'commander'
import type { Act } from './act.js'

/** `policy validate | test | explain`: names, options, help. */
export function addPolicyCommands(program: Command, act: Act): void {
  const policy = program
    .command('policy')
    .description('Check policy bundles, test them, ask what they decide')
  const bodies = () => import('./commands/policy.js')
  const sourced = (name: string) =>
    policy
      .command(name)
      .option('--config <dir>', 'the bundles a cluster directory declares (default: .)')
      .option('--cluster <dir>', 'instead: the bundles in force in an applied cluster')
      .option('--policy <file>', 'instead: one *.policy.yaml or *.cedar file')
      .option('--json', 'print one JSON document')

  sourced('validate')
    .description('Parse and check bundles and what they are bound to')
    .addHelpText('after', '\nExample:\n  $ groundplane policy validate --config examples/olist-oncall')
    .action(async (options) =>
      act(options.json === true, async () => (await bodies()).runPolicyValidate(options)),
    )
  sourced('test')
    .description('Run a file of expectations; exit 1 when one is not met')
    .requiredOption('--tests <file>', 'version: 1, cases: [{id, actor, action, branch, expect: allow|deny}]')
    .option('--graph <id>', 'the graph of cases that name none')
    .addHelpText('after', '\nExample:\n  $ groundplane policy test --tests policy.tests.yaml')
    .action(async (options) =>
      act(options.json === true, async () => (await bodies()).runPolicyTest(options)),
    )
  sourced('explain')
    .description('Say what is decided, by which rule, and what every other rule has to do with it')
    .requiredOption('--actor <actor>', 'who')
    .requiredOption('--action <action>', 'wants to do what')
    .option('--graph <id>', 'on which graph (may be left out when it makes no difference)')
    .option('--branch <name>', 'on which branch, or from which one')
    .option('--target-branch <name>', 'the branch made, merged into, deleted or migrated (default: main)')
    .option('--role <name...>', 'roles of the token, for Cedar policies')
    .addHelpText(
      'after',
      '\nExample:\n  $ groundplane policy explain --actor ada --action branch_merge --branch draft --target-branch main',
    )
    .action(async (options) =>
      act(options.json === true, async () => (await bodies()).runPolicyExplain(options)),
    )
}
