import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useState } from 'react'
import { KeyIcon } from '../shell/icons'
import { Problem } from '../shell/problem'
import { formatCount, plural } from '../text/format'
import { Identifier } from '../text/identifier'
import type { GroundplaneClient } from '../wire/types'
import { ask, type EntityDocument, type SchemaField } from './answers'
import { fragmentOfEntity, fragmentOfLineage } from './catalog-route'
import { nameOfUrn } from './names'
import { matchingFields } from './schema-filter'

/** The columns, in the order of the schema. Of a table too wide for one answer the server gives the most important, and finds the others by word. */
export function SchemaTab({ client, entity }: { client: GroundplaneClient; entity: EntityDocument }) {
  const [filter, setFilter] = useState('')
  const words = useDeferredValue(filter.trim())
  const wide = entity.schemaMetadata?.schemaFieldsTruncated
  const found = useQuery({
    queryKey: ['catalog', 'fields', entity.urn, words],
    queryFn: ({ signal }) =>
      ask(
        client,
        'list_schema_fields',
        { urn: entity.urn, limit: 1000, ...(words && { keywords: words.split(/\s+/) }) },
        signal,
      ),
    enabled: wide !== undefined,
    placeholderData: keepPreviousData,
  })
  const own = entity.schemaMetadata?.fields ?? []
  const fields = wide ? (found.data?.fields ?? own) : matchingFields(own, words)
  const total = wide?.totalFields ?? own.length
  if (total === 0) return <p className="absent">No schema is known of it.</p>
  return (
    <>
      <div className="tab-tools">
        <label className="filter">
          <span className="visually-hidden">Filter the columns</span>
          <input
            type="search"
            value={filter}
            placeholder="Filter by name, type, tag or words"
            onChange={(event) => setFilter(event.target.value)}
          />
        </label>
        <p className="faint" role="status">
          {fields.length === total
            ? plural(total, 'column')
            : `${formatCount(fields.length)} of ${plural(total, 'column')}`}
          {wide ? ', the most important first' : ''}
        </p>
      </div>
      {found.isError ? <Problem error={found.error} onRetry={() => void found.refetch()} /> : null}
      {fields.length === 0 ? (
        <p className="absent">No column matches.</p>
      ) : (
        <FieldTable entity={entity} fields={fields} />
      )}
    </>
  )
}

function FieldTable({ entity, fields }: { entity: EntityDocument; fields: readonly SchemaField[] }) {
  const foreign = useMemo(
    () => new Map((entity.foreignKeys ?? []).map((key) => [key.column, key])),
    [entity.foreignKeys],
  )
  return (
    <table className="grid schema">
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">Type</th>
          <th scope="col">Description</th>
          <th scope="col">Lineage</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <FieldRow
            key={field.fieldPath}
            urn={entity.urn}
            field={field}
            foreign={foreign.get(field.fieldPath)}
          />
        ))}
      </tbody>
    </table>
  )
}

function FieldRow({
  urn,
  field,
  foreign,
}: {
  urn: string
  field: SchemaField
  foreign: NonNullable<EntityDocument['foreignKeys']>[number] | undefined
}) {
  return (
    <tr>
      <th scope="row">
        <Identifier name={field.fieldPath} />
        {field.isPartOfKey ? (
          <span className="mark" title="Part of the primary key">
            <KeyIcon /> key
          </span>
        ) : null}
        {foreign ? (
          <span className="mark">
            refers to{' '}
            <a href={fragmentOfEntity(foreign.target)}>
              <code>
                {nameOfUrn(foreign.target)}.{foreign.targetColumn}
              </code>
            </a>
          </span>
        ) : null}
      </th>
      <td>
        {field.nativeDataType ? (
          <code>{field.nativeDataType}</code>
        ) : (
          <span className="faint">not stated</span>
        )}
        {field.nullable === false ? <span className="mark">not null</span> : null}
      </td>
      <td>
        {field.description ?? <span className="faint">No description.</span>}
        <FieldMarks field={field} />
      </td>
      <td className="field-lineage">
        <a href={fragmentOfLineage(urn, { column: field.fieldPath })}>
          Trace<span className="visually-hidden"> {field.fieldPath}</span>
        </a>
      </td>
    </tr>
  )
}

function FieldMarks({ field }: { field: SchemaField }) {
  const marks = [...(field.tags ?? []), ...(field.glossaryTerms ?? [])]
  const counts = [
    ...(field.nullCount === undefined ? [] : [`${formatCount(field.nullCount)} null`]),
    ...(field.uniqueCount === undefined ? [] : [`${formatCount(field.uniqueCount)} distinct`]),
  ]
  if (marks.length === 0 && counts.length === 0) return null
  return (
    <span className="field-marks">
      {marks.map((mark) => (
        <a className="tag" key={mark} href={fragmentOfEntity(mark)}>
          {nameOfUrn(mark)}
        </a>
      ))}
      {counts.length > 0 ? <span className="faint">{counts.join(', ')}</span> : null}
    </span>
  )
}
