import type { ClusterExtensions } from '@groundplane/cluster'

/** What the control plane needs to know of the catalog; the two packages do not see each other. */
export async function catalogExtensions(): Promise<ClusterExtensions> {
  const [{ CATALOG_QUERIES, CATALOG_SCHEMA }, { checkAssertions }, { checkMetadata }] = await Promise.all([
    import('@groundplane/catalog/texts'),
    import('@groundplane/catalog/check-assertions'),
    import('@groundplane/catalog/check-metadata'),
  ])
  return { catalogSchema: CATALOG_SCHEMA, catalogQueries: CATALOG_QUERIES, checkAssertions, checkMetadata }
}
