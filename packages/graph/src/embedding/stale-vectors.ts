import type { Diagnostic } from '@groundplane/core'
import type { EntityData } from '../api.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import type { BoundType } from '../storage/bound-schema.js'
import type { SqlValue } from '../value/codec.js'
import { embeddedProperties } from './embedded-properties.js'
import { isEmbeddable } from './provider.js'

/**
 * A change of a text whose vector stays would leave a vector of something else.
 * The vector of a text that goes goes with it; otherwise the change must bring
 * the new vector, or it is a violation.
 */
export function withoutStaleVectors(
  type: BoundType,
  current: readonly SqlValue[],
  given: EntityData,
  violations: Diagnostic[],
): EntityData {
  if (type.kind !== 'node') return given
  let data = given
  for (const { property, source, nullable } of embeddedProperties(type.model)) {
    if (!Object.hasOwn(given, source) || Object.hasOwn(given, property)) continue
    const stored = (name: string): SqlValue =>
      current[type.properties.findIndex((p) => p.name === name)] ?? null
    if (stored(property) === null || stored(source) === given[source]) continue
    if (!isEmbeddable(given[source]) && nullable) data = { ...data, [property]: null }
    else {
      violations.push({
        code: 'embedding_stale' satisfies GraphDiagnosticCode,
        severity: 'error',
        message: `${property} was made from ${source}, which changes, and no new vector was made for it.`,
        remedy: `Bind an embedding provider, or set ${property} in the same change.`,
        path: `${type.name}.${property}`,
      })
    }
  }
  return data
}
