import { tryFieldParts } from '@groundplane/catalog'
import { type Aspect, asAspect, entriesOf, listOf, mapped, textOf } from '../aspect.js'
import type { Members, Reader } from '../reader.js'

const MOST_RUNS = 100

export const assertionMembers: Members = (reader, { urn }) => ({
  info: () => mapped(reader.aspect(urn, 'assertionInfo'), (aspect) => infoOf(reader, urn, aspect)),
  runEvents: ({ limit }: { readonly limit?: number | null }) => {
    // Only complete runs can be asked for: `AssertionRunStatus` has no other value.
    const events = reader.catalog
      .eventRecords(urn, 'assertionRunEvent', {}, reader.at)
      .map(({ text }) => asAspect(JSON.parse(text)) ?? {})
      .filter(({ status }) => status === 'COMPLETE')
    const ended = (type: string) => events.filter(({ result }) => asAspect(result)?.['type'] === type).length
    return {
      total: events.length,
      failed: ended('FAILURE'),
      succeeded: ended('SUCCESS'),
      runEvents: events.slice(0, Math.min(Math.max(0, limit ?? MOST_RUNS), MOST_RUNS)).map(runOf),
    }
  },
})

function runOf(event: Aspect): object {
  return {
    ...event,
    result: mapped(event['result'], (result) => ({
      ...result,
      nativeResults: entriesOf(result['nativeResults']),
      error: mapped(result['error'], ({ type, properties }) => ({
        type,
        displayMessage: asAspect(properties)?.['message'],
      })),
    })),
  }
}

/** What is checked, for each kind: DataHub calls the dataset `entityUrn`. */
function infoOf(reader: Reader, urn: string, aspect: Aspect): object {
  const kind = (name: string, more: (definition: Aspect) => object = () => ({})) =>
    mapped(aspect[name], (definition) => ({
      ...definition,
      entityUrn: definition['entity'],
      ...more(definition),
    }))
  return {
    ...aspect,
    note: () => reader.aspect(urn, 'assertionNote')?.['content'],
    entityUrn: subjectOf(aspect),
    datasetAssertion: mapped(aspect['datasetAssertion'], (definition) => ({
      ...definition,
      datasetUrn: definition['dataset'],
      fields: fieldsOf(definition['fields']),
      nativeParameters: entriesOf(definition['nativeParameters']),
    })),
    fieldAssertion: kind('fieldAssertion'),
    volumeAssertion: kind('volumeAssertion'),
    sqlAssertion: kind('sqlAssertion'),
    freshnessAssertion: kind('freshnessAssertion'),
    schemaAssertion: kind('schemaAssertion', ({ schema }) => ({
      fields: listOf(asAspect(schema)?.['fields']).map(({ fieldPath, nativeDataType }) => ({
        path: fieldPath,
        nativeType: nativeDataType,
      })),
    })),
    customAssertion: kind('customAssertion', ({ field }) => ({ field: fieldsOf([field])[0] ?? null })),
  }
}

function subjectOf(aspect: Aspect): string | undefined {
  for (const [name, definition] of Object.entries(aspect)) {
    if (!name.endsWith('Assertion')) continue
    const { dataset, entity } = asAspect(definition) ?? {}
    const subject = textOf(dataset) ?? textOf(entity)
    if (subject !== undefined) return subject
  }
  return undefined
}

function fieldsOf(urns: unknown): { urn: string; path?: string }[] {
  if (!Array.isArray(urns)) return []
  return urns
    .filter((urn) => typeof urn === 'string')
    .map((urn) => {
      const field = tryFieldParts(urn)
      return typeof field === 'string' ? { urn } : { urn, path: field.path }
    })
}

const PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']

export const incidentMembers: Members = (reader, { urn }) => {
  const info = () => reader.aspect(urn, 'incidentInfo') ?? {}
  const said = (member: string) => () => info()[member]
  return {
    incidentType: said('type'),
    customType: said('customType'),
    title: said('title'),
    description: said('description'),
    startedAt: said('startedAt'),
    created: said('created'),
    priority: () => PRIORITIES[Number(info()['priority'] ?? Number.NaN)],
    assignees: () => listOf(info()['assignees']).map(({ actor }) => reader.ref(actor)),
    entity: () => reader.refs(info()['entities'])[0] ?? null,
    source: () =>
      mapped(info()['source'], ({ type, sourceUrn }) => ({ type, source: () => reader.ref(sourceUrn) })),
  }
}
