import { homedir } from 'node:os'
import { join } from 'node:path'

/** The directory of what belongs to one operator: `$GROUNDPLANE_HOME`, by default `~/.groundplane`. */
export function operatorHome(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment['GROUNDPLANE_HOME']
  return named === undefined || named === '' ? join(homedir(), '.groundplane') : named
}
