import type { Principal, Provenance } from '@groundplane/core'

export interface ReadContext {
  branch?: string
  commit?: string
  principal?: Principal
}

export interface WriteContext {
  branch?: string
  ifCommit?: string
  principal?: Principal
  provenance?: Provenance
  message?: string
}

export interface CommitInfo {
  id: string
  parents: string[]
  branch: string
  kind: 'init' | 'load' | 'mutation' | 'schema' | 'merge'
  actor: string | null
  provenance: Provenance
  message: string | null
  schemaDigest: string
  at: string
  changes: { inserted: number; updated: number; deleted: number }
}
