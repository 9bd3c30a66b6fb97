import fc from 'fast-check'
import { expect, it } from 'vitest'
import { datasetUrn, schemaFieldUrn } from '../urn/entity-urns.js'
import { tryParseUrn } from '../urn/urn.js'
import { identityOf } from './entity-type.js'
import { NamedEntities } from './named-entities.js'

const name = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom(...'aB.%2C(),: ') })
const dataset = fc.tuple(fc.constantFrom('sqlite', 'dbt'), name).map(([tool, of]) => datasetUrn(tool, of))
const urn = fc.oneof(
  dataset,
  fc.tuple(dataset, name).map(([of, path]) => schemaFieldUrn(of, path)),
  fc
    .tuple(fc.constantFrom('tag', 'dataset', 'dashboard', 'chart', 'mlModel', 'schemaField'), name)
    .map(([type, id]) => `urn:li:${type}:${id}`),
  name,
)

it('what is known of the URNs of a batch is what each says by itself, in any order and again', () => {
  fc.assert(
    fc.property(fc.array(urn, { maxLength: 12 }), (urns) => {
      const entities = new NamedEntities()
      for (const text of [...urns, ...urns]) {
        expect(entities.identity(text)).toEqual(identityOf(text))
        expect(entities.parse(text)).toEqual(tryParseUrn(text))
      }
    }),
  )
})
