import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { datasetParts, datasetUrn, schemaFieldUrn, tryFieldParts } from './entity-urns.js'
import { encodeUrnPart, type ParsedUrn, parseUrn, printUrn, tryParseUrn } from './urn.js'

/** Text that is one decoded part: no escape sequences of its own, nothing banned. */
const part = fc
  .string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'abzAZ09_.:/-[]=%+,() é') })
  .filter((s) => !/%2c|%28|%29/i.test(s) && s.trim() === s)
const entityType = fc.constantFrom('dataset', 'schemaField', 'dataJob', 'tag', 'myEntity')
const urn = fc.letrec<{ urn: string; part: string }>((tie) => ({
  part: fc.oneof({ depthSize: 'small', withCrossShrink: true }, part.map(encodeUrnPart), tie('urn')),
  urn: fc
    .tuple(entityType, fc.array(tie('part'), { minLength: 1, maxLength: 3 }))
    .map(([type, parts]) => printUrn(type, parts, true)),
})).urn

describe('URNs', () => {
  it('print as they were parsed', () => {
    fc.assert(
      fc.property(urn, (text) => {
        const parsed = tryParseUrn(text) as ParsedUrn
        expect(printUrn(parsed.entityType, parsed.parts, parsed.tuple)).toBe(text)
      }),
    )
  })

  it('of datasets give back every platform, name and environment they were made of', () => {
    fc.assert(
      fc.property(part, part, fc.constantFrom('PROD', 'DEV'), (platformName, name, env) => {
        expect(datasetParts(datasetUrn(platformName, name, env))).toMatchObject({ platformName, name, env })
      }),
    )
  })

  it('of fields give back their dataset and path', () => {
    fc.assert(
      fc.property(part, part, (name, path) => {
        const dataset = datasetUrn('sqlite', name)
        expect(tryFieldParts(schemaFieldUrn(dataset, path))).toEqual({ dataset, path })
      }),
    )
  })

  it('are accepted or refused, never half read', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const result = tryParseUrn(`urn:li:dataset:${text}`)
        if (typeof result === 'string') return
        expect(printUrn(result.entityType, result.parts, result.tuple)).toBe(`urn:li:dataset:${text}`)
        expect(parseUrn(result.urn)).toEqual(result)
      }),
    )
  })
})
