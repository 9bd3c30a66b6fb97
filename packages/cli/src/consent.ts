import { createInterface } from 'node:readline/promises'
import { CommandError } from './errors.js'

/**
 * Asks before what cannot be undone. `--yes` answers beforehand; where nobody can
 * be asked (no terminal, or `--json`) it is needed.
 */
export async function confirmed(
  question: string,
  options: { readonly yes?: boolean; readonly json?: boolean },
): Promise<void> {
  if (options.yes) return
  if (options.json || !process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CommandError('consent_needed', `${question} Nobody is there to say yes.`, {
      remedy: 'Add --yes if that is what you want.',
    })
  }
  const asked = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = (await asked.question(`${question} [y/N] `)).trim().toLowerCase()
    if (answer === 'y' || answer === 'yes') return
  } finally {
    asked.close()
  }
  throw new CommandError('consent_refused', 'Not confirmed; nothing was done.', {
    remedy: 'Run it again and answer yes, or add --yes.',
  })
}
