import { type Clock, systemClock, type UlidSource, ulidSource } from '@groundplane/core'
import type { ClusterExtensions } from './extensions.js'

/** What a cluster command is given beside the config directory. Everything has a default but the extensions. */
export interface ClusterOptions {
  readonly extensions?: ClusterExtensions
  /** Who runs the command; recorded in lock, intents, ledger and commits. */
  readonly actor?: string
  readonly clock?: Clock
  readonly ids?: UlidSource
  /** Called before and after each durable step of a mutating command, with a name such as `before ledger`. For tests and progress. */
  readonly onStep?: (step: string) => void
}

export interface Environment {
  readonly extensions?: ClusterExtensions
  readonly actor?: string
  readonly clock: Clock
  readonly ids: UlidSource
  readonly onStep: (step: string) => void
}

export function environment(options: ClusterOptions): Environment {
  const clock = options.clock ?? systemClock
  return {
    ...(options.extensions && { extensions: options.extensions }),
    ...(options.actor !== undefined && { actor: options.actor }),
    clock,
    ids: options.ids ?? ulidSource(clock),
    onStep: options.onStep ?? (() => {}),
  }
}
