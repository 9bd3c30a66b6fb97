import { listOf } from '../aspect.js'
import type { Reader } from '../reader.js'

interface Question {
  readonly input: {
    readonly types: readonly string[]
    readonly direction: 'INCOMING' | 'OUTGOING'
    readonly start?: number | null
    readonly count?: number | null
  }
}

type Find = (reader: Reader, urn: string) => string[]

const groups = (aspect: string, member: string): Find => {
  return (reader, urn) => {
    const list = reader.aspect(urn, aspect)?.[member]
    return Array.isArray(list) ? list.filter((group) => typeof group === 'string') : []
  }
}

/** Relationships that can be read from either end without an index of all of them. */
const FINDS: Readonly<Record<string, Find>> = {
  'OUTGOING IsMemberOfGroup': groups('groupMembership', 'groups'),
  'OUTGOING IsMemberOfNativeGroup': groups('nativeGroupMembership', 'nativeGroups'),
  'INCOMING DataProductContains': (reader, urn) =>
    reader
      .withAspect('dataProductProperties')
      .filter(({ aspect }) => listOf(aspect['assets']).some((asset) => asset['destinationUrn'] === urn))
      .map((product) => product.urn),
  'INCOMING IsPartOf': (reader, urn) =>
    urn.startsWith('urn:li:domain:')
      ? reader
          .withAspect('domainProperties')
          .filter(({ aspect }) => aspect['parentDomain'] === urn)
          .map((domain) => domain.urn)
      : [],
}

/** Relationships of an entity; null when one of the types asked for is not read here. */
export function relationships(reader: Reader, urn: string): (question: Question) => object | null {
  return ({ input: { types, direction, start, count } }) => {
    const finds = types.map((type) => `${direction} ${type}`)
    if (!finds.every((find) => Object.hasOwn(FINDS, find))) return null
    const found = finds.flatMap((find, i) =>
      (FINDS[find] as Find)(reader, urn).map((end) => ({ type: types[i], end })),
    )
    const from = Math.max(0, start ?? 0)
    return {
      total: found.length,
      relationships: found
        .slice(from, from + Math.max(0, count ?? 10))
        .map(({ type, end }) => ({ type, entity: () => reader.ref(end) })),
    }
  }
}
