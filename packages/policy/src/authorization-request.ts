import type { Principal } from '@groundplane/core'
import type { PolicyAction } from './actions.js'

export interface AuthorizationRequest {
  readonly action: PolicyAction
  /** A graph id, or `cluster`. */
  readonly graph: string
  readonly branch?: string
  readonly principal?: Principal
  /** Only asked, to know what to offer: nothing is done, and no decision is logged. */
  readonly probe?: true
}
