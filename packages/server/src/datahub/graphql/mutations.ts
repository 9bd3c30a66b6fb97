import type { CatalogToolName } from '@groundplane/protocol'
import { ServerError } from '../../server-error.js'
import type { Reader } from './reader.js'

/** The tools of the catalog that mutations stand for. */
export type EditTool = Extract<CatalogToolName, `${'add' | 'remove' | 'set' | 'update'}_${string}`>

/**
 * Carries out one of them in the name of the caller, as one commit. Throws what it is refused for: `forbidden`,
 * `catalog_writes_off`, `entity_not_found` and whatever else the edit itself throws; then nothing is written.
 */
export type MakeEdit = (tool: EditTool, args: object) => Promise<unknown>

/** `ResourceRefInput` */
interface ResourceRef {
  readonly resourceUrn: string
  readonly subResource?: string | null
}

interface OwnerInput {
  readonly ownerUrn: string
  readonly type?: string | null
  readonly ownershipTypeUrn?: string | null
}

interface PropertyInput {
  readonly structuredPropertyUrn: string
  readonly values: readonly { readonly stringValue?: string | null; readonly numberValue?: number | null }[]
}

interface Input<T> {
  readonly input: T
}
type Labels<K extends string> = Input<
  Readonly<Record<K, readonly string[]>> & { readonly resources: readonly ResourceRef[] }
>

/** What can be changed: each field is one edit of the catalog, and one commit. */
export function mutationsOf(reader: Reader, makeEdit: MakeEdit): object {
  const edit = async (tool: EditTool, args: object): Promise<true> => {
    await makeEdit(tool, args)
    // What was read before is of the commit before.
    reader.forget()
    return true
  }
  return {
    batchAddTags: ({ input: { tagUrns, resources } }: Labels<'tagUrns'>) =>
      edit('add_tags', { tag_urns: tagUrns, ...columnsOf(resources) }),
    batchRemoveTags: ({ input: { tagUrns, resources } }: Labels<'tagUrns'>) =>
      edit('remove_tags', { tag_urns: tagUrns, ...columnsOf(resources) }),
    batchAddTerms: ({ input: { termUrns, resources } }: Labels<'termUrns'>) =>
      edit('add_terms', { term_urns: termUrns, ...columnsOf(resources) }),
    batchRemoveTerms: ({ input: { termUrns, resources } }: Labels<'termUrns'>) =>
      edit('remove_terms', { term_urns: termUrns, ...columnsOf(resources) }),
    batchAddOwners: ({ input: { owners, ownershipTypeUrn, resources } }: Input<AddOwners>) =>
      edit('add_owners', {
        owner_urns: owners.map(({ ownerUrn }) => ownerUrn),
        ...typeMember(oneTypeOf(owners, ownershipTypeUrn)),
        ...entitiesOf(resources),
      }),
    batchRemoveOwners: ({ input: { ownerUrns, ownershipTypeUrn, resources } }: Input<RemoveOwners>) =>
      edit('remove_owners', {
        owner_urns: ownerUrns,
        ...typeMember(ownershipTypeUrn ?? undefined),
        ...entitiesOf(resources),
      }),
    batchSetDomain: ({ input: { domainUrn, resources } }: Input<SetDomain>) =>
      domainUrn == null
        ? edit('remove_domains', entitiesOf(resources))
        : edit('set_domains', { domain_urn: domainUrn, ...entitiesOf(resources) }),
    updateDescription: ({ input: { description, resourceUrn, subResource } }: Input<DescriptionUpdate>) =>
      edit('update_description', {
        entity_urn: resourceUrn,
        column_path: subResource,
        // To DataHub's clients an empty description is none.
        ...(description === '' ? { operation: 'remove' } : { operation: 'replace', description }),
      }),
    upsertStructuredProperties: async ({ input: { assetUrn, ...input } }: Input<UpsertProperties>) => {
      const values = valuesOf(input.structuredPropertyInputParams)
      await edit('add_structured_properties', { property_values: values, entity_urns: [assetUrn] })
      return propertiesOf(reader, assetUrn)
    },
    removeStructuredProperties: async ({ input }: Input<RemoveProperties>) => {
      const { assetUrn, structuredPropertyUrns } = input
      await edit('remove_structured_properties', {
        property_urns: structuredPropertyUrns,
        entity_urns: [assetUrn],
      })
      return propertiesOf(reader, assetUrn)
    },
  }
}

interface AddOwners {
  readonly owners: readonly OwnerInput[]
  readonly ownershipTypeUrn?: string | null
  readonly resources: readonly ResourceRef[]
}
interface RemoveOwners {
  readonly ownerUrns: readonly string[]
  readonly ownershipTypeUrn?: string | null
  readonly resources: readonly ResourceRef[]
}
interface SetDomain {
  readonly domainUrn?: string | null
  readonly resources: readonly ResourceRef[]
}
interface DescriptionUpdate extends ResourceRef {
  readonly description: string
}
interface UpsertProperties {
  readonly assetUrn: string
  readonly structuredPropertyInputParams: readonly PropertyInput[]
}
interface RemoveProperties {
  readonly assetUrn: string
  readonly structuredPropertyUrns: readonly string[]
}

/** Entities and columns. */
function columnsOf(resources: readonly ResourceRef[]): object {
  return {
    entity_urns: resources.map(({ resourceUrn }) => resourceUrn),
    column_paths: resources.map(({ subResource }) => subResource ?? null),
  }
}

/** Entities alone; a column would be passed over. */
function entitiesOf(resources: readonly ResourceRef[]): object {
  const column = resources.find(({ subResource }) => subResource != null && subResource !== '')
  if (column)
    throw invalid(`The column ${column.subResource} cannot have that.`, 'Name the entity without a column.')
  return { entity_urns: resources.map(({ resourceUrn }) => resourceUrn) }
}

/** The type that all of the owners are to be of; one commit gives one type. */
function oneTypeOf(owners: readonly OwnerInput[], ofAll: string | null | undefined): string | undefined {
  const types = new Set(
    owners.map(({ type, ownershipTypeUrn }) => ownershipTypeUrn ?? type ?? ofAll ?? undefined),
  )
  const [type] = types
  if (types.size <= 1) return type
  throw invalid('The owners are of several types.', 'Add those of each type on their own.')
}

function typeMember(type: string | undefined): object {
  return type === undefined ? {} : { ownership_type: type }
}

function valuesOf(inputs: readonly PropertyInput[]): Record<string, (string | number)[]> {
  const entries = inputs.map(({ structuredPropertyUrn, values }) => [
    structuredPropertyUrn,
    values.map(({ stringValue, numberValue }) => {
      const [value, other] = [stringValue, numberValue].filter((given) => given != null)
      if (value !== undefined && value !== null && other === undefined) return value
      throw invalid('A value is neither a text nor a number.', 'Give one of stringValue and numberValue.')
    }),
  ])
  if (new Set(inputs.map((input) => input.structuredPropertyUrn)).size === entries.length)
    return Object.fromEntries(entries)
  throw invalid('A property is named twice.', 'Give all of its values in one list.')
}

/** What the entity has now; its clients take null for a failure. */
function propertiesOf(reader: Reader, urn: string): object {
  const entity = reader.ref(urn.trim()) as { readonly structuredProperties?: () => object | null } | null
  return entity?.structuredProperties?.() ?? { properties: [] }
}

function invalid(message: string, remedy: string): ServerError {
  return new ServerError('invalid', 'argument_invalid', message, { remedy })
}
