import type { Command } from 'commander'
import type { Act } from './act.js'
import { addressedAnywhere, formatted, wantsDocument } from './command-options.js'
import { wholeNumber } from './option-values.js'

/** `branch …`: names, options, help. */
export function addBranchCommands(program: Command, act: Act): void {
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
