import { CommandError } from './errors.js'
import { readOperatorConfig } from './operator/config.js'

/** Who runs the command: `--as` first, then `operator.actor` of the operator's own config. */
export async function resolveActor(flag: string | undefined): Promise<string | undefined> {
  if (flag === undefined) return (await readOperatorConfig()).actor
  if (flag.trim() !== '') return flag
  throw new CommandError('actor_invalid', '--as names nobody.', {
    remedy: 'Give the name of an actor, or leave --as out.',
  })
}
