import type { CatalogApi } from '../catalog-api.js'
import type { CatalogEdit } from './catalog-edit.js'
import { type ToolContext, writeContext } from './tool-context.js'

export interface WriteArgs {
  /** Why; kept on the commit. */
  readonly message?: string
}

export interface TargetArgs extends WriteArgs {
  readonly entity_urns: readonly string[]
  readonly column_paths?: readonly (string | null)[]
}
export type LabelArgs<K extends string> = TargetArgs & Readonly<Record<K, readonly string[]>>
export interface OwnerArgs extends WriteArgs {
  readonly owner_urns: readonly string[]
  readonly entity_urns: readonly string[]
  readonly ownership_type?: string
}
export interface DomainArgs extends WriteArgs {
  readonly domain_urn: string
  readonly entity_urns: readonly string[]
}
export interface PropertyValuesArgs extends WriteArgs {
  readonly property_values: Readonly<Record<string, readonly (string | number)[]>>
  readonly entity_urns: readonly string[]
}
export interface PropertyArgs extends WriteArgs {
  readonly property_urns: readonly string[]
  readonly entity_urns: readonly string[]
}
export interface DescriptionArgs extends WriteArgs {
  readonly entity_urn: string
  readonly operation: 'replace' | 'append' | 'remove'
  readonly description?: string
  readonly column_path?: string | null
}

function targets({ entity_urns, column_paths }: TargetArgs) {
  return { entities: entity_urns, ...(column_paths !== undefined && { columns: column_paths }) }
}

function ownersOf({ owner_urns, entity_urns, ownership_type: type }: OwnerArgs) {
  return { owners: owner_urns, entities: entity_urns, ...(type !== undefined && { type }) }
}

function edit(catalog: CatalogApi, change: CatalogEdit, { message }: WriteArgs, context: ToolContext) {
  return catalog.edit(change, writeContext(context, message))
}

/** The tools that change what people say about data: what a proposal is made of. */
export const EDIT_CALLS = {
  add_tags: (catalog, args: LabelArgs<'tag_urns'>, context) =>
    edit(catalog, { kind: 'tags', op: 'add', labels: args.tag_urns, ...targets(args) }, args, context),
  remove_tags: (catalog, args: LabelArgs<'tag_urns'>, context) =>
    edit(catalog, { kind: 'tags', op: 'remove', labels: args.tag_urns, ...targets(args) }, args, context),
  add_terms: (catalog, args: LabelArgs<'term_urns'>, context) =>
    edit(catalog, { kind: 'terms', op: 'add', labels: args.term_urns, ...targets(args) }, args, context),
  remove_terms: (catalog, args: LabelArgs<'term_urns'>, context) =>
    edit(catalog, { kind: 'terms', op: 'remove', labels: args.term_urns, ...targets(args) }, args, context),
  add_owners: (catalog, args: OwnerArgs, context) =>
    edit(catalog, { kind: 'owners', op: 'add', ...ownersOf(args) }, args, context),
  remove_owners: (catalog, args: OwnerArgs, context) =>
    edit(catalog, { kind: 'owners', op: 'remove', ...ownersOf(args) }, args, context),
  set_domains: (catalog, args: DomainArgs, context) =>
    edit(
      catalog,
      { kind: 'domains', op: 'set', domain: args.domain_urn, entities: args.entity_urns },
      args,
      context,
    ),
  remove_domains: (catalog, args: Omit<DomainArgs, 'domain_urn'>, context) =>
    edit(catalog, { kind: 'domains', op: 'remove', entities: args.entity_urns }, args, context),
  add_structured_properties: (
    catalog,
    { property_values: values, entity_urns: entities, ...args }: PropertyValuesArgs,
    context,
  ) => edit(catalog, { kind: 'properties', op: 'add', values, entities }, args, context),
  remove_structured_properties: (
    catalog,
    { property_urns: properties, entity_urns: entities, ...args }: PropertyArgs,
    context,
  ) => edit(catalog, { kind: 'properties', op: 'remove', properties, entities }, args, context),
  update_description: (catalog, args: DescriptionArgs, context) => {
    const { entity_urn: entity, operation: op, description: text, column_path: column } = args
    const { changed, message, receipt } = edit(
      catalog,
      { kind: 'description', op, entity, ...(text !== undefined && { text }), ...(column && { column }) },
      args,
      context,
    )
    return { success: true, urn: entity, column_path: column ?? null, changed, message, receipt }
  },
} as const satisfies Record<string, (catalog: CatalogApi, args: never, context: ToolContext) => object>

export type EditTool = keyof typeof EDIT_CALLS
