import { isoTime } from '@groundplane/core'
import { schemaFieldUrn, tryDatasetParts } from '../../urn/entity-urns.js'
import { localName } from '../../urn/reconcile.js'
import { decodeUrnPart, parseUrn } from '../../urn/urn.js'
import type { Effect, Patch } from '../effect.js'
import { type Shape, ShapeError } from '../shape.js'
import type { Projection } from './projection.js'

export const datasetProperties: Projection = ({ urn, aspect }) => [
  {
    op: 'node',
    urn,
    patch: {
      ...(aspect.string('name') !== undefined && { name: aspect.string('name') as string }),
      qualifiedName: aspect.string('qualifiedName') ?? null,
      description: aspect.string('description') ?? null,
      externalUrl: aspect.string('externalUrl') ?? null,
    },
  },
]

export const viewProperties: Projection = ({ urn, aspect }) => [
  {
    op: 'node',
    urn,
    patch: {
      viewLogic: aspect.string('viewLogic') ?? null,
      viewLanguage: aspect.string('viewLanguage') ?? null,
      materialized: aspect.bool('materialized') ?? null,
    },
  },
]

const SUB_TYPED: ReadonlySet<string> = new Set(['dataset', 'container', 'dashboard', 'chart'])

/** What a document is, is one word: a runbook, a decision. */
export const subTypes: Projection = ({ urn, parsed, aspect }) => {
  const names = aspect.strings('typeNames')
  if (parsed.entityType === 'document') return [{ op: 'node', urn, patch: { kind: names[0] ?? null } }]
  return SUB_TYPED.has(parsed.entityType) ? [{ op: 'node', urn, patch: { subTypes: names } }] : []
}

export const dataPlatformInstance: Projection = ({ urn, parsed, aspect }) => {
  const platform = aspect.urn('platform', 'dataPlatform')
  const instance = aspect.urn('instance', 'dataPlatformInstance')
  if (parsed.entityType === 'container')
    return [{ op: 'node', urn, patch: { platform: platform ?? null, platformInstance: instance ?? null } }]
  const name = instance === undefined ? null : decodeUrnPart(parseUrn(instance).parts.at(-1) as string)
  if (parsed.entityType === 'dashboard' || parsed.entityType === 'chart')
    return [{ op: 'node', urn, patch: { instance: name } }]
  if (parsed.entityType !== 'dataset') return []
  const parts = tryDatasetParts(urn)
  if (typeof parts === 'string') throw new ShapeError(parts)
  return [
    { op: 'node', urn, patch: { instance: name, localName: localName(parts.name, name) } },
    {
      op: 'edges',
      edge: 'OnInstance',
      side: 'from',
      anchor: urn,
      targets: instance ? [{ urn: instance }] : [],
    },
  ]
}

export const schemaMetadata: Projection = ({ urn, parsed, aspect, previous }) => {
  if (parsed.entityType !== 'dataset') return []
  const keys = new Set(aspect.strings('primaryKeys'))
  const fields = aspect.objects('fields')
  const urns = new Map<string, string>()
  const effects: Effect[] = [
    {
      op: 'node',
      urn,
      patch: { schemaName: aspect.string('schemaName') ?? null, primaryKeys: keys.size ? [...keys] : null },
    },
  ]
  for (const [position, field] of fields.entries()) {
    const path = field.requiredString('fieldPath')
    if (urns.has(path)) throw new ShapeError(`${field.path}.fieldPath repeats "${path}"`)
    const column = schemaFieldUrn(urn, path)
    urns.set(path, column)
    effects.push({ op: 'node', urn: column, patch: fieldPatch(field, position, keys) })
  }
  effects.push({ op: 'schema', dataset: urn, fields: [...urns.values()] })
  effects.push(...fieldLabels(urn, fields, previous?.objects('fields') ?? []))
  effects.push(...foreignKeys(aspect, previous))
  return effects
}

/** Labels that people and programs gave to columns, beside those of the schema. */
export const editableSchemaMetadata: Projection = ({ urn, parsed, aspect, previous }) =>
  parsed.entityType === 'dataset'
    ? fieldLabels(
        urn,
        aspect.objects('editableSchemaFieldInfo'),
        previous?.objects('editableSchemaFieldInfo') ?? [],
      )
    : []

function fieldPatch(field: Shape, position: number, keys: ReadonlySet<string>): Patch {
  return {
    position,
    nativeType: field.string('nativeDataType') ?? null,
    logicalType: logicalType(field) ?? null,
    nullable: field.bool('nullable') ?? null,
    partOfKey: field.bool('isPartOfKey') ?? keys.has(field.requiredString('fieldPath')),
    description: field.string('description') ?? null,
    label: field.string('label') ?? null,
  }
}

/** `{"type":{"com.linkedin.schema.NumberType":{}}}` → `Number`; the package before the last dot varies. */
function logicalType(field: Shape): string | undefined {
  const name = field.object('type')?.object('type')?.keys()[0]
  return name?.slice(name.lastIndexOf('.') + 1).replace(/Type$/, '')
}

/** Tags and terms stated with the columns; touches only fields that have some or had some. */
function fieldLabels(dataset: string, now: readonly Shape[], before: readonly Shape[]): Effect[] {
  const effects: Effect[] = []
  for (const [edge, read] of [
    ['FieldTaggedWith', tagUrns],
    ['FieldTermedWith', termUrns],
  ] as const) {
    const targets = new Map<string, string[]>()
    for (const f of before) if (read(f).length) targets.set(f.requiredString('fieldPath'), [])
    for (const f of now) {
      const urns = read(f)
      if (urns.length) targets.set(f.requiredString('fieldPath'), urns)
    }
    for (const [path, urns] of targets)
      effects.push({
        op: 'edges',
        edge,
        side: 'from',
        anchor: schemaFieldUrn(dataset, path),
        targets: toTargets(urns),
      })
  }
  return effects
}

function tagUrns(field: Shape): string[] {
  return (
    field
      .object('globalTags')
      ?.objects('tags')
      .map((t) => t.requiredUrn('tag', 'tag')) ?? []
  )
}

function termUrns(field: Shape): string[] {
  return (
    field
      .object('glossaryTerms')
      ?.objects('terms')
      .map((t) => t.requiredUrn('urn', 'glossaryTerm')) ?? []
  )
}

export function toTargets(urns: readonly string[]): { urn: string }[] {
  return [...new Set(urns)].map((urn) => ({ urn }))
}

function foreignKeys(aspect: Shape, previous: Shape | null): Effect[] {
  const bySource = new Map<string, { urn: string; data: Patch }[]>()
  for (const key of previous?.objects('foreignKeys') ?? [])
    for (const source of key.urns('sourceFields', 'schemaField')) bySource.set(source, [])
  for (const key of aspect.objects('foreignKeys')) {
    const sources = key.urns('sourceFields', 'schemaField')
    const targets = key.urns('foreignFields', 'schemaField')
    if (sources.length !== targets.length)
      throw new ShapeError(`${key.path} must have as many foreignFields as sourceFields`)
    for (const [i, source] of sources.entries()) {
      const list = bySource.get(source) ?? []
      list.push({ urn: targets[i] as string, data: { name: key.string('name') ?? null } })
      bySource.set(source, list)
    }
  }
  return [...bySource].map(([anchor, targets]) => ({
    op: 'edges',
    edge: 'ForeignKey',
    side: 'from',
    anchor,
    targets,
  }))
}

export const datasetProfile: Projection = ({ urn, parsed, aspect }) => {
  if (parsed.entityType !== 'dataset') return []
  const at = isoTime(aspect.requiredInteger('timestampMillis'))
  const also = aspect.objects('fieldProfiles').map((f) => ({
    urn: schemaFieldUrn(urn, f.requiredString('fieldPath')),
    patch: { nullCount: f.integer('nullCount') ?? null, uniqueCount: f.integer('uniqueCount') ?? null },
  }))
  const partition = aspect.object('partitionSpec')?.string('type')
  if (partition !== undefined && partition !== 'FULL_TABLE') return []
  return [
    {
      op: 'newest',
      urn,
      atProperty: 'profiledAt',
      at,
      patch: {
        rowCount: aspect.integer('rowCount') ?? null,
        columnCount: aspect.integer('columnCount') ?? null,
        sizeBytes: aspect.integer('sizeInBytes') ?? null,
        profiledAt: at,
      },
      also,
    },
  ]
}
