import type { Transaction } from '@groundplane/graph'
import {
  entityProblem,
  fittedValue,
  type PropertyDefinition,
  type PropertyValue,
  readDefinition,
  readValues,
  valueProblems,
} from '../aspect/property-definition.js'
import { Shape, ShapeError } from '../ingest/shape.js'
import { CatalogError } from '../model/error.js'
import { type Aspect, type AspectChanges, type Editor, itemsOf, stamp } from './aspect-changes.js'
import type { CatalogEdit } from './catalog-edit.js'
import { distinct, targetsOf } from './edit-targets.js'
import { invalid, requireEntity } from './required-entity.js'

type PropertiesEdit = Extract<CatalogEdit, { kind: 'properties' }>

const ASPECT = 'structuredProperties'
/** Problems that an error tells of. */
const MAX_TOLD = 20

/**
 * Gives entities values of structured properties, in the place of those they had of the same properties, or takes the
 * properties away. Everything is held against the definitions first: `entity_not_found`, `property_not_defined`
 * for one that nothing defines, `property_value_invalid` with all that breaks a definition, `property_immutable`.
 */
export function editProperties(
  tx: Transaction,
  changes: AspectChanges,
  edit: PropertiesEdit,
  editor: Editor,
): void {
  const urns = distinct(edit.op === 'add' ? Object.keys(edit.values) : edit.properties)
  const entities = [...new Set(targetsOf(tx, edit).map(({ urn }) => urn))]
  if (edit.op === 'remove') {
    removeFrom(tx, changes, urns, entities)
    return
  }
  const definitions = new Map(urns.map((urn) => [urn, definitionOf(tx, changes, urn)]))
  const given = new Map(
    Object.entries(edit.values).map(([raw, values]) => {
      const urn = raw.trim()
      const definition = definitions.get(urn) as PropertyDefinition
      return [urn, [...new Set(values.map((value) => fittedValue(definition, value)))]]
    }),
  )
  if (given.size !== Object.keys(edit.values).length)
    throw invalid('A property is named twice.', 'Give all of its values in one list.')
  refuseWhatBreaks(definitions, given, entities)
  for (const entity of entities) giveTo(changes, entity, given, editor)
}

function definitionOf(tx: Transaction, changes: AspectChanges, urn: string): PropertyDefinition {
  requireEntity(tx, urn, ['structuredProperty'])
  const definition = statedDefinition(changes, urn)
  if (definition) return definition
  throw new CatalogError('not-found', 'property_not_defined', `Nothing defines ${urn}.`, {
    remedy: 'Give it a propertyDefinition first: it says which values there may be.',
    details: { urn },
  })
}

function statedDefinition(changes: AspectChanges, urn: string): PropertyDefinition | undefined {
  const stated = changes.stored(urn, 'propertyDefinition')
  return stated && readDefinition(JSON.stringify(stated))
}

function refuseWhatBreaks(
  definitions: ReadonlyMap<string, PropertyDefinition>,
  given: ReadonlyMap<string, readonly PropertyValue[]>,
  entities: readonly string[],
): void {
  const problems: { property: string; problem: string }[] = []
  for (const [property, definition] of definitions) {
    const values = given.get(property) ?? []
    if (values.length === 0)
      throw invalid(
        `No value of ${property} is given.`,
        'To take it away, call remove_structured_properties.',
      )
    const found = [
      ...valueProblems(definition, values),
      ...entities.flatMap((entity) => entityProblem(definition, entity) ?? []),
    ]
    for (const problem of found) problems.push({ property, problem })
  }
  if (problems.length === 0) return
  const told = problems.slice(0, MAX_TOLD)
  const more = problems.length > MAX_TOLD ? ` And ${problems.length - MAX_TOLD} more.` : ''
  throw new CatalogError(
    'invalid',
    'property_value_invalid',
    `Values do not keep their definition: ${told.map(({ property, problem }) => `${property} ${problem}`).join('; ')}.${more}`,
    {
      remedy: 'get_entities of the property says which values it may have, and of which entities.',
      details: { problems: told },
    },
  )
}

function giveTo(
  changes: AspectChanges,
  entity: string,
  given: ReadonlyMap<string, readonly PropertyValue[]>,
  editor: Editor,
): void {
  const value = changes.of(entity, ASPECT)
  for (const [property, values] of given) {
    const items = itemsOf(value, 'properties')
    const own = items.filter((item) => item['propertyUrn'] === property)
    // What says the same already stays as it was written.
    if (own.length > 0 && isSame(own, values)) continue
    if (own.length > 0) refuseImmutable(changes, property, entity)
    const [first = { propertyUrn: property, created: stamp(editor) }] = own
    const made = { ...first, values: values.map(asUnion), lastModified: stamp(editor) }
    value['properties'] =
      own.length === 0
        ? [...items, made]
        : items.flatMap((item) => (item === own[0] ? [made] : own.includes(item) ? [] : [item]))
  }
}

/** DataHub's union of a text and a number. */
function asUnion(value: PropertyValue): Aspect {
  return typeof value === 'string' ? { string: value } : { double: value }
}

function isSame(items: readonly Aspect[], values: readonly PropertyValue[]): boolean {
  try {
    const have = items.flatMap((item) => readValues(new Shape(item)))
    return have.length === values.length && have.every((value, i) => value === values[i])
  } catch (error) {
    if (error instanceof ShapeError) return false
    throw error
  }
}

/** A property that nothing defines any more can still be taken away from who has it. */
function removeFrom(
  tx: Transaction,
  changes: AspectChanges,
  properties: readonly string[],
  entities: readonly string[],
): void {
  const has = (entity: string, property: string) =>
    itemsOf(changes.of(entity, ASPECT), 'properties').some((item) => item['propertyUrn'] === property)
  for (const property of properties) {
    const having = entities.filter((entity) => has(entity, property))
    if (having.length === 0) definitionOf(tx, changes, property)
    for (const entity of having) {
      refuseImmutable(changes, property, entity)
      const value = changes.of(entity, ASPECT)
      value['properties'] = itemsOf(value, 'properties').filter((item) => item['propertyUrn'] !== property)
    }
  }
}

function refuseImmutable(changes: AspectChanges, property: string, entity: string): void {
  if (statedDefinition(changes, property)?.immutable !== true) return
  throw new CatalogError(
    'conflict',
    'property_immutable',
    `${entity} has a value of ${property}, which is immutable: it was given once and stays.`,
    { remedy: 'Leave it as it is, or have the definition changed.', details: { urn: entity, property } },
  )
}
