import { jsonDigest } from '@groundplane/core'
import { datasetUrn } from '../../urn/entity-urns.js'
import { encodeUrnPart, printUrn } from '../../urn/urn.js'
import type { DbtRelation } from './manifest.js'

export const PLATFORM = { name: 'dbt', displayName: 'dbt' } as const

/** Under which names a project is known to the catalog. */
export interface DbtTarget {
  readonly platformInstance: string
  readonly env: string
  /** DataHub's name of the platform the project is built in. */
  readonly warehouse: string
  /** Platform instance of the warehouse, as its own source has it. */
  readonly warehouseInstance?: string
}

/** Adapters that DataHub calls otherwise than dbt does. */
const PLATFORM_OF_ADAPTER: Readonly<Record<string, string>> = { sqlserver: 'mssql' }

export function warehousePlatform(adapter: string): string {
  return Object.hasOwn(PLATFORM_OF_ADAPTER, adapter) ? (PLATFORM_OF_ADAPTER[adapter] as string) : adapter
}

/**
 * The node as dbt knows it. By its unique id, not by the relation as DataHub names it: a source and a
 * seed may be one relation, and the id is the same in every environment the project is built for.
 */
export function dbtDatasetUrn({ platformInstance, env }: DbtTarget, id: string): string {
  return datasetUrn(PLATFORM.name, `${platformInstance}.${id}`, env)
}

/** Whether the warehouse has it: an ephemeral model is compiled into its readers. */
export function isInWarehouse(relation: DbtRelation): boolean {
  return relation.materialized !== 'ephemeral'
}

/** The same as the warehouse knows it, under the URN that its own harvest gives it. */
export function warehouseUrn(target: DbtTarget, relation: DbtRelation): string {
  const { warehouse, warehouseInstance, env } = target
  const { database, schema, identifier } = relation
  // SQLite has no databases; dbt makes one up.
  const parts = [warehouseInstance, warehouse === 'sqlite' ? undefined : database, schema, identifier]
  return datasetUrn(warehouse, parts.filter((part) => part !== undefined && part !== '').join('.'), env)
}

/** What reads it reads this: the relation of the warehouse, where there is one; of a source what dbt says of it. */
export function upstreamUrn(target: DbtTarget, relation: DbtRelation): string {
  return relation.kind !== 'source' && isInWarehouse(relation)
    ? warehouseUrn(target, relation)
    : dbtDatasetUrn(target, relation.id)
}

/** Tests and runs are about the relation of the warehouse, where there is one. */
export function assertedUrn(target: DbtTarget, relation: DbtRelation): string {
  return isInWarehouse(relation) ? warehouseUrn(target, relation) : dbtDatasetUrn(target, relation.id)
}

export function testUrn({ platformInstance }: DbtTarget, id: string): string {
  return guidUrn('assertion', { platform: PLATFORM.name, instance: platformInstance, test: id })
}

export function runUrn({ platformInstance }: DbtTarget, id: string, invocation: string): string {
  return guidUrn('dataProcessInstance', {
    platform: PLATFORM.name,
    instance: platformInstance,
    node: id,
    invocation,
  })
}

function guidUrn(type: string, key: Readonly<Record<string, string>>): string {
  return printUrn(type, [jsonDigest(key).slice(0, 32)])
}

/** `urn:li:dashboard:(dbt,shop.exposure.shop.weekly)` */
export function exposureUrn(target: DbtTarget, id: string): string {
  return printUrn('dashboard', [PLATFORM.name, encodeUrnPart(`${target.platformInstance}.${id}`)])
}

/** Begins every exposure of the project. */
export function exposurePrefix(target: DbtTarget): string {
  return exposureUrn(target, 'exposure.').slice(0, -1)
}

/** The set that tests of the project are in. */
export function testSet({ platformInstance }: DbtTarget): string {
  return `${PLATFORM.name}:${platformInstance}`
}

export const userUrn = (name: string): string => printUrn('corpuser', [encodeUrnPart(name)])
