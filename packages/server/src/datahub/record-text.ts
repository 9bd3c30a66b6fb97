import { type AspectRecord, type EventRecord, recordOf, wireText } from '@groundplane/catalog'

/**
 * Records as JSON text of DataHub's answers. The text of an aspect is put in as it was sent, so
 * nothing is lost to a parser on the way.
 */

function aspectText({ text }: Pick<AspectRecord, 'text'>): string {
  return wireText(text)
}

/** Answer of `GET /aspects/{urn}`. */
export function oneAspect(record: AspectRecord): string {
  const name = JSON.stringify(recordOf(record.name))
  return `{"version":0,"aspect":{${name}:${aspectText(record)}}${systemMember(record)}}`
}

/** Answer of `GET /entitiesV2/{urn}`. */
export function entityWithAspects(urn: string, entityName: string, records: readonly AspectRecord[]): string {
  const aspects = records.map(
    (record) =>
      `${JSON.stringify(record.name)}:{"name":${JSON.stringify(record.name)},"type":"VERSIONED","version":0,"value":${aspectText(record)}${systemMember(record)}}`,
  )
  return `{"urn":${JSON.stringify(urn)},"entityName":${JSON.stringify(entityName)},"aspects":{${aspects.join(',')}}}`
}

/** An entity of OpenAPI v3. */
export function entityMembers(urn: string, records: readonly AspectRecord[], withSystem: boolean): string {
  const aspects = records.map(
    (record) =>
      `,${JSON.stringify(record.name)}:{"value":${aspectText(record)}${withSystem ? systemMember(record) : ''}}`,
  )
  return `{"urn":${JSON.stringify(urn)}${aspects.join('')}}`
}

/** Answer of `getTimeseriesAspectValues`: each event is a text inside the JSON. */
export function eventValues(
  entityName: string,
  aspectName: string,
  limit: number,
  events: readonly EventRecord[],
): string {
  const values = events.map(
    (event) =>
      `{"aspect":{"value":${JSON.stringify(aspectText(event))},"contentType":"application/json"}${systemMember(event)}}`,
  )
  return `{"value":{"entityName":${JSON.stringify(entityName)},"aspectName":${JSON.stringify(aspectName)},"limit":${limit},"values":[${values.join(',')}]}}`
}

function systemMember({ system }: { readonly system: string | null }): string {
  return system === null ? '' : `,"systemMetadata":${system}`
}
