import type { Principal, Provenance } from '@groundplane/core'
import type { WriteContext } from '../model/store.js'

/** A declared source as a deployment names it. */
export interface BoundSource {
  readonly name: string
  readonly kind: 'sqlite' | 'postgres' | 'dbt' | 'great_expectations'
  /** SQLite: path of the file. dbt: path of the target directory. Great Expectations: path of the validation results. PostgreSQL: its address without a password, or `${NAME}` of a variable that holds it whole. */
  readonly url: string
  /** PostgreSQL: `${NAME}` of the variable that holds the password. */
  readonly password?: string
  /** PostgreSQL: the schemas to read; default all but the system's. */
  readonly schemas?: readonly string[]
  readonly platformInstance: string
  /** dbt, Great Expectations: the platform instance of the warehouse. */
  readonly targetPlatformInstance?: string
  /** Great Expectations: DataHub's name of the warehouse's platform. */
  readonly targetPlatform?: string
  /** Great Expectations: what stands before schema and table in the names of the warehouse. */
  readonly targetDatabase?: string
  /** Namespaces in which OpenLineage events name its datasets, beside the one of its own address. */
  readonly openlineageNamespaces?: readonly string[]
  readonly env: string
  /** Text of the metadata file. */
  readonly metadata?: string
  /** A query whose one value says whether the source may be read now. */
  readonly health?: string
}

/** On whose behalf a job writes. */
export interface JobContext {
  /** Awaited right before the write; rejecting keeps it from being made. */
  readonly confirm?: () => Promise<void>
  readonly principal?: Principal
  readonly provenance?: Provenance
  /** Who asked for what somebody else does; named in the message of the commit. */
  readonly askedBy?: string
}

export function writeContext(context: JobContext, message: string): WriteContext {
  return {
    message: context.askedBy === undefined ? message : `${message}, asked for by ${context.askedBy}`,
    ...(context.principal && { principal: context.principal }),
    ...(context.provenance && { provenance: context.provenance }),
  }
}
