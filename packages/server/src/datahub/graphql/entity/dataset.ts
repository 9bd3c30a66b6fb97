import { type ParsedUrn, schemaFieldUrn, tryDatasetParts, tryFieldParts } from '@groundplane/catalog'
import { type Aspect, asAspect, entriesOf, listOf, mapped, textOf, unionOf } from '../aspect.js'
import type { Members, Reader } from '../reader.js'
import { editedDescription } from './edited-description.js'
import { editedSchema } from './edited-schema.js'
import { healthOf } from './health.js'
import { labelled } from './labels.js'

export const datasetMembers: Members = (reader, { urn }) => {
  const of = (name: string) => reader.aspect(urn, name)
  const parts = tryDatasetParts(urn)
  const name = typeof parts === 'string' ? urn : parts.name
  return {
    name,
    properties: () =>
      mapped(of('datasetProperties'), (aspect) => ({
        ...aspect,
        name: textOf(aspect['name']) ?? name,
        customProperties: entriesOf(aspect['customProperties']),
      })),
    editableProperties: () => editedDescription(of('editableDatasetProperties'), of('datasetProperties')),
    schemaMetadata: () => mapped(of('schemaMetadata'), (aspect) => schemaOf(reader, urn, aspect)),
    editableSchemaMetadata: () => editedSchema(reader, urn),
    viewProperties: () =>
      mapped(of('viewProperties'), ({ materialized, viewLogic, viewLanguage }) => ({
        materialized,
        logic: viewLogic,
        language: viewLanguage,
      })),
    health: () => healthOf(reader, urn),
  }
}

function schemaOf(reader: Reader, dataset: string, aspect: Aspect): object {
  return {
    createdAt: asAspect(aspect['created'])?.['time'],
    datasetUrn: dataset,
    name: aspect['schemaName'],
    platformUrn: aspect['platform'],
    cluster: aspect['cluster'],
    platformSchema: platformSchema(aspect['platformSchema']),
    fields: listOf(aspect['fields']).map((field) => ({
      ...labelled(reader, field),
      type: typeWord(field['type']),
      schemaFieldEntity: () => reader.ref(fieldUrn(dataset, field['fieldPath'])),
    })),
    primaryKeys: aspect['primaryKeys'],
    foreignKeys: listOf(aspect['foreignKeys']).map((key) => ({
      name: key['name'],
      sourceFields: () => reader.refs(key['sourceFields']),
      foreignFields: () => reader.refs(key['foreignFields']),
      foreignDataset: () => reader.ref(key['foreignDataset']),
    })),
  }
}

function fieldUrn(dataset: string, path: unknown): string | undefined {
  return typeof path === 'string' ? schemaFieldUrn(dataset, path) : undefined
}

/** `{"type": {"com.linkedin.schema.NumberType": {}}}` is `NUMBER`. */
function typeWord(type: unknown): string | undefined {
  return unionOf(asAspect(type)?.['type'])?.name.replace(/Type$/, '').toUpperCase()
}

function platformSchema(schema: unknown): object | null {
  const union = unionOf(schema)
  const value = asAspect(union?.value)
  if (!value) return null
  if (union?.name === 'KeyValueSchema') return { __typename: 'KeyValueSchema', ...value }
  const text = [value['tableSchema'], value['rawSchema'], value['documentSchema'], value['schema']].find(
    (member) => typeof member === 'string',
  )
  return text === undefined ? null : { __typename: 'TableSchema', schema: text }
}

export const columnMembers: Members = (reader, { urn }: ParsedUrn) => {
  const parts = tryFieldParts(urn)
  if (typeof parts === 'string') return {}
  return {
    fieldPath: parts.path,
    parent: () => reader.ref(parts.dataset),
    businessAttributes: () =>
      mapped(reader.aspect(urn, 'businessAttributes'), ({ businessAttribute }) => ({
        businessAttribute: mapped(businessAttribute, ({ businessAttributeUrn }) => ({
          businessAttribute: reader.ref(businessAttributeUrn),
        })),
      })),
  }
}

export const queryMembers: Members = (reader, { urn }) => ({
  properties: () =>
    mapped(reader.aspect(urn, 'queryProperties'), (aspect) => ({
      ...aspect,
      customProperties: entriesOf(aspect['customProperties']),
      origin: () => reader.ref(aspect['origin']),
    })),
  subjects: () =>
    listOf(reader.aspect(urn, 'querySubjects')?.['subjects']).map(({ entity }) => {
      const field = tryFieldParts(String(entity))
      return typeof field === 'string'
        ? { dataset: reader.ref(entity) }
        : { dataset: reader.ref(field.dataset), schemaField: reader.ref(entity) }
    }),
})
