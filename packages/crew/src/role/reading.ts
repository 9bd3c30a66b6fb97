import {
  type AssertionDocument,
  type EntityDocument,
  type HealthCheck,
  tryDatasetParts,
} from '@groundplane/catalog'
import type { AssertionFacts, DatasetFacts, FieldFacts } from '../judge/facts.js'

/** Catalog documents to the plain facts the judgement works on. Absent members are empty. */

interface Named {
  readonly urn?: string
  readonly name?: string
}

interface DatasetDocument {
  readonly urn: string
  readonly name?: string
  readonly subTypes?: readonly string[]
  readonly properties?: { readonly description?: string }
  readonly viewProperties?: { readonly logic?: string }
  readonly schemaMetadata?: {
    readonly fields?: readonly {
      readonly fieldPath: string
      readonly description?: string
      readonly tags?: readonly string[]
      readonly glossaryTerms?: readonly string[]
    }[]
  }
  readonly tags?: readonly Named[]
  readonly glossaryTerms?: readonly Named[]
  readonly owners?: readonly Named[]
}

export function datasetFacts(document: EntityDocument): DatasetFacts {
  const d = document as unknown as DatasetDocument
  const isView = d.viewProperties !== undefined || (d.subTypes ?? []).some((type) => /view/i.test(type))
  return {
    urn: d.urn,
    name: localName(d.urn, d.name),
    kind: isView ? 'view' : 'table',
    description: d.properties?.description ?? '',
    tags: namesOf(d.tags),
    terms: namesOf(d.glossaryTerms),
    owners: namesOf(d.owners),
    sql: d.viewProperties?.logic ?? '',
    fields: (d.schemaMetadata?.fields ?? []).map(
      (field): FieldFacts => ({
        path: field.fieldPath,
        description: field.description ?? '',
        tags: (field.tags ?? []).map(lastPart),
        terms: (field.glossaryTerms ?? []).map(lastPart),
      }),
    ),
  }
}

export function assertionFacts(document: AssertionDocument, dataset: string): AssertionFacts {
  const body = Object.values(document.definition).find(
    (v) => v !== null && typeof v === 'object' && !Array.isArray(v),
  ) as Record<string, unknown> | undefined
  const native = (body?.nativeParameters ?? {}) as Record<string, unknown>
  return {
    urn: document.urn,
    name: document.name ?? document.description ?? document.type,
    dataset,
    column: document.column ?? null,
    check: String(body?.nativeType ?? body?.operator ?? document.type).toLowerCase(),
    severity: null,
    failing: document.latestResultType === 'FAILURE',
    passing: document.latestResultType === 'SUCCESS',
    failed: document.failed ?? 0,
    total: document.evaluated ?? 0,
    definition: native,
  }
}

/** What the comparison knows about an assertion and the assertion itself does not say. */
export function withSeverity(facts: AssertionFacts, check: HealthCheck | undefined): AssertionFacts {
  return check ? { ...facts, severity: check.severity, check: check.check } : facts
}

function namesOf(entities: readonly Named[] | undefined): string[] {
  return (entities ?? []).map((e) => e.name ?? lastPart(e.urn ?? '')).filter(Boolean)
}

function lastPart(urn: string): string {
  return urn.slice(urn.lastIndexOf(':') + 1)
}

/** The last part of a dataset's dotted name: what its table or view is called. */
export function localName(urn: string, name?: string): string {
  const parts = tryDatasetParts(urn)
  const full = typeof parts === 'string' ? (name ?? urn) : parts.name
  return full.slice(full.lastIndexOf('.') + 1)
}
