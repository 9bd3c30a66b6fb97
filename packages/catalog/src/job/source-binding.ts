import type { Principal, Provenance } from '@groundplane/core'
import type { WriteContext } from '../model/store.js'

/** A declared source as a deployment names it. */
export interface BoundSource {
  readonly name: string
  readonly kind: 'sqlite'
  /** Path of the file. */
  readonly url: string
  readonly platformInstance: string
  readonly env: string
  /** Text of the metadata file. */
  readonly metadata?: string
}

/** On whose behalf a job writes. */
export interface JobContext {
  readonly principal?: Principal
  readonly provenance?: Provenance
}

export function writeContext(context: JobContext, message: string): WriteContext {
  return {
    message,
    ...(context.principal && { principal: context.principal }),
    ...(context.provenance && { provenance: context.provenance }),
  }
}
