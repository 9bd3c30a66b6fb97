import type { Transaction } from '@groundplane/graph'
import type { ReadProposal, Refusal } from '../aspect/parse.js'
import {
  type PropertyDefinition,
  type PropertyValue,
  readDefinition,
  valueProblems,
  valuesInText,
} from '../aspect/property-definition.js'

/** Problems that a refusal tells of. */
const MAX_TOLD = 5

/**
 * Why `structuredProperties` may not be written: values that it brings break a definition of the catalog, or change what
 * is immutable, as DataHub's server refuses them. Values of a property that nothing defines, and those that stood there
 * before and break a definition that came later, are kept: documents tell of them.
 */
export function refusedProperties(
  tx: Transaction,
  { parsed, aspectName, text }: ReadProposal,
  before: string | null,
): Refusal | undefined {
  if (aspectName !== 'structuredProperties') return undefined
  const [had, has] = [valuesInText(before), valuesInText(text)]
  const problems: string[] = []
  for (const property of new Set([...had.keys(), ...has.keys()])) {
    const [old, values] = [had.get(property), has.get(property) ?? []]
    if (old !== undefined && isSame(old, values)) continue
    const definition = definitionIn(tx, property)
    if (definition === undefined) continue
    if (definition.immutable && old !== undefined && old.length > 0)
      problems.push(`${property} is immutable, and ${parsed.urn} has a value of it`)
    for (const problem of valueProblems(definition, values)) problems.push(`${property} ${problem}`)
  }
  if (problems.length === 0) return undefined
  const more = problems.length > MAX_TOLD ? `, and ${problems.length - MAX_TOLD} more` : ''
  return {
    code: 'property_value_invalid',
    message: `Values do not keep their definition: ${problems.slice(0, MAX_TOLD).join('; ')}${more}.`,
    remedy: 'Correct the values, or the definition first.',
  }
}

/** Undefined when nothing says what values there may be. */
function definitionIn(tx: Transaction, property: string): PropertyDefinition | undefined {
  return readDefinition(tx.node('Aspect', JSON.stringify([property, 'propertyDefinition']))?.data['text'])
}

function isSame(a: readonly PropertyValue[], b: readonly PropertyValue[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
