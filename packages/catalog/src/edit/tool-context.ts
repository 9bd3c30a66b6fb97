import type { Provenance } from '@groundplane/core'
import type { ReadContext, WriteContext } from '../model/store.js'

/** In whose name and where a tool works. */
export interface ToolContext {
  readonly at: ReadContext
  /** What is kept on the commit of a tool that writes, besides where and who, which are those of `at`. */
  readonly provenance?: Provenance
  /** Instances that `diff_health` compares when none are named. */
  readonly instances?: { readonly reference: string; readonly production: string }
}

/** The same for a write; `message` is why. */
export function writeContext({ at, provenance }: ToolContext, message?: string): WriteContext {
  const { branch, principal } = at
  return {
    ...(branch !== undefined && { branch }),
    ...(principal && { principal }),
    ...(provenance && { provenance }),
    ...(message !== undefined && { message }),
  }
}
