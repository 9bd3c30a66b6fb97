import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from './errors.js'

/** Who runs the command: `--as` first, then `operator.actor` of the operator's own config. */
export async function resolveActor(flag: string | undefined): Promise<string | undefined> {
  if (flag !== undefined) return flag
  return (await readOperatorConfig()).actor
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
  const { parse } = await import('yaml')
  try {
    const actor = (parse(text) as { operator?: { actor?: unknown } } | null)?.operator?.actor
    return typeof actor === 'string' ? { actor } : {}
  } catch (error) {
    throw new CommandError(
      'operator_config_invalid',
      `${file} is not valid YAML: ${(error as Error).message}`,
      {
        remedy: 'Correct the file, or remove it.',
        cause: error,
      },
    )
  }
}
