import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from './errors.js'

/** Who runs the command: `--as` first, then `operator.actor` of the operator's own config. */
export async function resolveActor(flag: string | undefined): Promise<string | undefined> {
  if (flag === undefined) return (await readOperatorConfig()).actor
  if (flag.trim() !== '') return flag
  throw new CommandError('actor_invalid', '--as names nobody.', {
    remedy: 'Give the name of an actor, or leave --as out.',
  })
}

/** `$GROUNDPLANE_HOME/config.yaml`, by default `~/.groundplane/config.yaml`; an absent file is an empty config. */
async function readOperatorConfig(): Promise<{ actor?: string }> {
  const file = join(process.env.GROUNDPLANE_HOME ?? join(homedir(), '.groundplane'), 'config.yaml')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new CommandError('operator_config_unreadable', `Cannot read ${file}.`, {
      remedy: 'Check the permissions of the file.',
      cause: error,
    })
  }
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text, { prettyErrors: false })
  const [error] = document.errors
  if (error) throw invalid(file, `is not valid YAML: ${error.message}`)
  const actor = document.hasIn(['operator', 'actor']) ? document.getIn(['operator', 'actor']) : undefined
  if (actor === undefined || actor === null) return {}
  // An actor that is silently dropped would leave commits nobody made.
  if (typeof actor !== 'string' || actor.trim() === '') {
    throw invalid(file, 'has an operator.actor that is not a name')
  }
  return { actor }
}

function invalid(file: string, what: string): CommandError {
  return new CommandError('operator_config_invalid', `${file} ${what}.`, {
    remedy: 'Write `operator: { actor: name }`, or remove the file.',
  })
}
