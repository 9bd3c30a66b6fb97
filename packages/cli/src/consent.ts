import { createInterface } from 'node:readline/promises'
import { CommandError } from './errors.js'

/** Where somebody can be asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

const OURS: Terminal = { input: process.stdin, output: process.stderr }

/**
 * Asks before what cannot be undone, or what destroys something that others share. `--yes` answers
 * beforehand; where nobody can be asked (no terminal, or `--json`) it is needed. Whoever calls has
 * done nothing yet: a refusal, or the end of the input, leaves everything as it is.
 */
export async function confirmed(
  question: string,
  options: { readonly yes?: boolean; readonly json?: boolean },
  { input, output }: Terminal = OURS,
): Promise<void> {
  if (options.yes) return
  if (options.json || !input.isTTY || !output.isTTY) {
    throw new CommandError('consent_needed', `${question} Nobody is there to say yes.`, {
      remedy: 'Add --yes if that is what you want.',
    })
  }
  const asked = createInterface({ input, output })
  // The end of the input closes the interface and leaves the question open.
  const closed = new Promise<string>((resolve) => asked.once('close', () => resolve('')))
  try {
    const answer = (await Promise.race([asked.question(`${question} [y/N] `), closed])).trim().toLowerCase()
    if (answer === 'y' || answer === 'yes') return
  } finally {
    asked.close()
  }
  throw new CommandError('consent_refused', 'Not confirmed; nothing was done.', {
    remedy: 'Run it again and answer yes, or add --yes.',
  })
}
