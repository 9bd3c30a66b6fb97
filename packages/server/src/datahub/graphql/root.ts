import { encodeUrnPart, printUrn } from '@groundplane/catalog'
import { ServerError } from '../../server-error.js'
import { type LineageSearch, searchLineage } from './lineage.js'
import { listOwnershipTypes, type OwnershipTypeList } from './ownership-types.js'
import { listQueries, type QueryList } from './queries.js'
import type { EntityObject, Reader } from './reader.js'
import { type EntitySearch, searchEntities } from './search.js'

/** Entities that may be asked for at once. */
const MOST_URNS = 1_000

/** What can be asked. */
export function rootOf(reader: Reader): object {
  return {
    entity: ({ urn }: { urn: string }) => reader.recorded(urn),
    entities: ({ urns }: { urns: readonly string[] }) => entities(reader, urns),
    searchAcrossEntities: ({ input }: { input: EntitySearch }) => searchEntities(reader, input),
    searchAcrossLineage: ({ input }: { input: LineageSearch }) => searchLineage(reader, input),
    listOwnershipTypes: ({ input }: { input: OwnershipTypeList }) => listOwnershipTypes(reader, input),
    listQueries: ({ input }: { input: QueryList }) => listQueries(reader, input),
    me: () => caller(reader),
    // Nobody has views here, so neither a person nor the server has one that is theirs by default.
    globalViewsSettings: null,
  }
}

function entities(reader: Reader, urns: readonly string[]): (EntityObject | null)[] {
  if (urns.length <= MOST_URNS) return urns.map((urn) => reader.recorded(urn))
  throw new ServerError('invalid', 'page_invalid', `At most ${MOST_URNS} entities are read at once.`, {
    remedy: 'Ask for some of them, then for the others.',
  })
}

/** The caller as a user; null where nobody is asked who they are. */
function caller(reader: Reader): object | null {
  const { principal } = reader.at
  if (!principal) return null
  return { corpUser: reader.ref(printUrn('corpuser', [encodeUrnPart(principal.actor)])) }
}
