import { type Clock, systemClock, type UlidSource, ulidSource } from '@groundplane/core'
import { ClusterError } from './cluster-error.js'
import type { ClusterExtensions } from './extensions.js'

/** What a cluster command is given beside the config directory. Everything has a default but the extensions. */
export interface ClusterOptions {
  readonly extensions?: ClusterExtensions
  /** Who runs the command; recorded in lock, intents, ledger and commits. */
  readonly actor?: string
  readonly clock?: Clock
  readonly ids?: UlidSource
  /**
   * Asked before work that destroys something on a root that is not on this machine;
   * rejects to refuse, and then nothing has been done. Default: nobody can be asked, so it is refused.
   */
  readonly consent?: (what: string) => Promise<void>
  /** Called before and after each durable step of a mutating command, with a name such as `before ledger`. For tests and progress. */
  readonly onStep?: (step: string) => void
}

export interface Environment {
  readonly extensions?: ClusterExtensions
  readonly actor?: string
  readonly clock: Clock
  readonly ids: UlidSource
  readonly consent: (what: string) => Promise<void>
  readonly onStep: (step: string) => void
}

export function environment(options: ClusterOptions): Environment {
  const clock = options.clock ?? systemClock
  return {
    ...(options.extensions && { extensions: options.extensions }),
    ...(options.actor !== undefined && { actor: options.actor }),
    clock,
    ids: options.ids ?? ulidSource(clock),
    consent: options.consent ?? nobodyAsked,
    onStep: options.onStep ?? (() => {}),
  }
}

async function nobodyAsked(what: string): Promise<void> {
  throw new ClusterError('denied', 'consent_needed', `${what} Nobody was asked.`, {
    remedy: 'Run it where somebody can answer, or say yes beforehand.',
  })
}
