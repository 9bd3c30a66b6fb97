import { Shape, ShapeError } from '../ingest/shape.js'
import { tryDatasetParts, tryFieldParts } from '../urn/entity-urns.js'
import { isUrn, parseUrn } from '../urn/urn.js'

/** A value of a structured property, as DataHub's union of the two has it. */
export type PropertyValue = string | number

/** What `propertyDefinition` says of the values of a structured property. */
export interface PropertyDefinition {
  /** `string`, `rich_text`, `number`, `date` or `urn`; others are DataHub's to come. Null when none is stated. */
  readonly valueType: string | null
  readonly cardinality: string
  /** Any value when absent. */
  readonly allowedValues: readonly PropertyValue[] | undefined
  /** Entity types that may have it, as in a URN; any when there are none. */
  readonly entityTypes: readonly string[]
  /** Of URNs: entity types they may be of; any when there are none. */
  readonly urnTypes: readonly string[]
  /** URNs of the platforms whose entities may have it; any when there are none. */
  readonly platforms: readonly string[]
  /** A value that was given once stays. */
  readonly immutable: boolean
}

/** UTF-8 bytes of a text: DataHub keeps values as keywords, and a term of its index has no more. */
const MAX_TEXT_BYTES = 32_766
/** Values that a message names. */
const MAX_NAMED = 20

/** Of the text of the aspect; undefined when it does not have its shape. */
export function readDefinition(text: unknown): PropertyDefinition | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const aspect = new Shape(JSON.parse(text))
    const allowed = aspect.objects('allowedValues').map((one) => readValue(one.raw('value'), one.path))
    return {
      valueType: shortName(aspect.string('valueType') ?? null),
      cardinality: aspect.string('cardinality') ?? 'SINGLE',
      allowedValues: aspect.raw('allowedValues') === undefined ? undefined : allowed,
      entityTypes: aspect.strings('entityTypes').map((type) => shortName(type) as string),
      urnTypes: (aspect.object('typeQualifier')?.strings('allowedTypes') ?? []).map(
        (type) => shortName(type) as string,
      ),
      platforms: aspect.strings('allowedPlatforms'),
      immutable: aspect.bool('immutable') ?? false,
    }
  } catch (error) {
    if (error instanceof ShapeError) return undefined
    throw error
  }
}

/** `urn:li:dataType:datahub.string` is `string`, `urn:li:entityType:datahub.dataset` is `dataset`. */
export function shortName(urn: string | null): string | null {
  return urn === null ? null : urn.slice(urn.lastIndexOf(':') + 1).replace(/^datahub\./, '')
}

/** A text or a number, or as unions are written: `{"string": "90"}`, `{"double": 90}`. Throws `ShapeError`. */
export function readValue(value: unknown, path: string): PropertyValue {
  const members = typeof value === 'object' && value !== null ? Object.values(value) : [value]
  const [one] = members
  if (members.length === 1 && (typeof one === 'string' || (typeof one === 'number' && Number.isFinite(one))))
    return one
  throw new ShapeError(`${path} must be a text or a number`)
}

/** The values of one assignment of `structuredProperties`. Throws `ShapeError`. */
export function readValues(assigned: Shape): PropertyValue[] {
  const values = assigned.raw('values') ?? []
  if (!Array.isArray(values)) throw new ShapeError(`${assigned.path}.values must be a list`)
  return values.map((value: unknown, i) => readValue(value, `${assigned.path}.values[${i}]`))
}

/**
 * The values that an entity has of each property, by the URN of the property; of one that stands there twice the values
 * of both. Throws `ShapeError`.
 */
export function assignedValues(aspect: Shape): Map<string, PropertyValue[]> {
  const byProperty = new Map<string, PropertyValue[]>()
  for (const assigned of aspect.objects('properties')) {
    const property = assigned.requiredUrn('propertyUrn', 'structuredProperty')
    byProperty.set(property, [...(byProperty.get(property) ?? []), ...readValues(assigned)])
  }
  return byProperty
}

/** The same of the text of the aspect; empty when there is none, or it is from a time when its shape was not checked. */
export function valuesInText(text: unknown): Map<string, PropertyValue[]> {
  if (typeof text !== 'string') return new Map()
  try {
    return assignedValues(new Shape(JSON.parse(text)))
  } catch (error) {
    if (error instanceof ShapeError) return new Map()
    throw error
  }
}

/**
 * A value as its definition has it: of a number property the text of a number is that number, of the others a number is
 * its text. What cannot be is left as it is, for `valueProblems` to tell.
 */
export function fittedValue({ valueType }: PropertyDefinition, value: PropertyValue): PropertyValue {
  if (valueType !== 'number') return typeof value === 'number' ? String(value) : value
  return typeof value === 'string' && isNumberText(value) ? Number(value) : value
}

/**
 * How values break their definition, in words that follow the name of the property; none when they keep it. These are the
 * checks of DataHub's server (`StructuredPropertiesValidator`): how many there are, their type, what is allowed, their length.
 */
export function valueProblems(definition: PropertyDefinition, values: readonly PropertyValue[]): string[] {
  const many = definition.cardinality === 'SINGLE' && values.length > 1
  return [
    ...(many ? [`may have one value, not ${values.length}`] : []),
    ...values.flatMap((value) => typeProblem(definition, value) ?? notAllowed(definition, value) ?? []),
  ]
}

function typeProblem({ valueType, urnTypes }: PropertyDefinition, value: PropertyValue): string | undefined {
  const written = shown(value)
  if (valueType === 'number') {
    const isNumber = typeof value === 'number' || isNumberText(value)
    return isNumber ? undefined : `has numbers, which ${written} is not`
  }
  if (valueType === null || !TEXT_TYPES.has(valueType))
    return `has values of the type ${valueType ?? 'that is not stated'}, which cannot be checked`
  if (typeof value !== 'string') return `has texts, and ${written} is a number`
  const bytes = Buffer.byteLength(value)
  if (bytes > MAX_TEXT_BYTES) return `has texts of at most ${MAX_TEXT_BYTES} bytes, and one has ${bytes}`
  if (valueType === 'date' && !isDate(value)) return `has dates like 2026-11-22, which ${written} is not`
  if (valueType !== 'urn') return undefined
  if (!isUrn(value)) return `has URNs, which ${written} is not`
  const { entityType } = parseUrn(value)
  if (urnTypes.length === 0 || includesName(urnTypes, entityType)) return undefined
  return `has URNs of ${urnTypes.join(' or ')}, and ${written} is of a ${entityType}`
}

const TEXT_TYPES: ReadonlySet<string> = new Set(['string', 'rich_text', 'date', 'urn'])

function notAllowed({ allowedValues }: PropertyDefinition, value: PropertyValue): string | undefined {
  if (allowedValues === undefined || allowedValues.some((allowed) => String(allowed) === String(value)))
    return undefined
  const named = allowedValues.slice(0, MAX_NAMED).map(shown).join(', ')
  const more = allowedValues.length > MAX_NAMED ? ', …' : ''
  return `may have one of ${named}${more}, which ${shown(value)} is not`
}

/** Why an entity may not have the property at all; undefined when it may. */
export function entityProblem(
  { entityTypes, platforms }: PropertyDefinition,
  urn: string,
): string | undefined {
  const { entityType } = parseUrn(urn)
  if (entityTypes.length > 0 && !includesName(entityTypes, entityType))
    return `is for ${entityTypes.join(', ')}, and ${urn} is a ${entityType}`
  if (platforms.length === 0) return undefined
  const platform = platformOf(urn, entityType)
  if (platform !== undefined && platforms.includes(platform)) return undefined
  return `is for what is on ${platforms.join(', ')}, and ${urn} is on ${platform ?? 'none'}`
}

/** The platform that the URN of an entity names; those of a column and of its dataset are one. */
function platformOf(urn: string, entityType: string): string | undefined {
  if (entityType === 'dashboard' || entityType === 'chart')
    return `urn:li:dataPlatform:${parseUrn(urn).parts[0]}`
  const field = entityType === 'schemaField' ? tryFieldParts(urn) : undefined
  const parts = tryDatasetParts(typeof field === 'object' ? field.dataset : urn)
  return typeof parts === 'string' ? undefined : parts.platform
}

function includesName(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase())
}

function isNumberText(text: string): boolean {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(text) && Number.isFinite(Number(text))
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function shown(value: PropertyValue): string {
  const written = JSON.stringify(value)
  return written.length > 100 ? `${written.slice(0, 100)}…` : written
}
