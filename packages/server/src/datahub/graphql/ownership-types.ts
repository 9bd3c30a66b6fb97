import { BUILT_IN_OWNERSHIP_TYPES } from '@groundplane/catalog'
import { textOf } from './aspect.js'
import type { Reader } from './reader.js'
import { pageOf } from './search-page.js'

/** `ListOwnershipTypesInput` */
export interface OwnershipTypeList {
  readonly start?: number | null
  readonly count?: number | null
  readonly query?: string | null
}

/** The types of ownership whose names hold the words that are asked for: those that are built in, then those that are recorded. */
export function listOwnershipTypes(reader: Reader, { query, ...asked }: OwnershipTypeList): object {
  const { start, count } = pageOf(asked)
  const words = (query ?? '*').trim().toLowerCase()
  const recorded = reader
    .withAspect('ownershipTypeInfo')
    .filter(({ urn }) => reader.aspect(urn, 'status')?.['removed'] !== true)
    .map(({ urn, aspect }) => ({ urn, name: textOf(aspect['name']) ?? '' }))
  const builtIn = [...BUILT_IN_OWNERSHIP_TYPES]
    .map(([urn, { name }]) => ({ urn, name }))
    .filter(({ urn }) => !recorded.some((type) => type.urn === urn))
  const found = [...builtIn, ...recorded].filter(
    ({ name }) => words === '*' || name.toLowerCase().includes(words),
  )
  const page = found.slice(start, start + count)
  return {
    start,
    count: page.length,
    total: found.length,
    ownershipTypes: page.map(({ urn }) => reader.ref(urn)),
  }
}
