/**
 * What both harvests of a warehouse say of a dataset, in one form. What only one of them says, or says
 * in its own way, is not compared: `docs/datahub.md` lists it.
 */

interface Aspects {
  readonly [name: string]: { readonly value: Readonly<Record<string, unknown>> } | undefined
}

interface Field {
  readonly fieldPath: string
  readonly nativeDataType: string
  readonly nullable: boolean
  readonly isPartOfKey: boolean
  readonly type: { readonly type: object }
}

export function comparable(aspects: Aspects, profile: { rowCount?: number } | undefined) {
  const schema = aspects['schemaMetadata']?.value as
    | { fields: Field[]; foreignKeys?: { name: string; sourceFields: string[]; foreignFields: string[] }[] }
    | undefined
  const lineage = aspects['upstreamLineage']?.value as
    | {
        upstreams: { dataset: string; type: string }[]
        fineGrainedLineages: { upstreams: string[]; downstreams: string[] }[]
      }
    | undefined
  const view = aspects['viewProperties']?.value
  return {
    name: aspects['datasetProperties']?.value['name'],
    subTypes: aspects['subTypes']?.value['typeNames'],
    platformInstance: aspects['dataPlatformInstance']?.value['instance'],
    removed: aspects['status']?.value['removed'],
    fields: schema?.fields.map(comparableField),
    foreignKeys: (schema?.foreignKeys ?? []).map(({ sourceFields, foreignFields }) => ({
      sourceFields,
      foreignFields,
    })),
    view: view && {
      logic: view['viewLogic'],
      language: view['viewLanguage'],
      materialized: view['materialized'],
    },
    upstreams: lineage?.upstreams.map(({ dataset, type }) => `${type} ${withSchema(dataset)}`).sort(),
    columns: lineage?.fineGrainedLineages
      .map(({ upstreams, downstreams }) => `${upstreams.map(withSchema).sort()} → ${downstreams}`)
      .sort(),
    // Views are not counted by DataHub's client.
    rows: view ? undefined : profile?.rowCount,
  }
}

function comparableField({ fieldPath, nativeDataType, nullable, isPartOfKey, type }: Field) {
  return {
    fieldPath,
    // A column without a type is '' here and 'null' there.
    nativeDataType: nativeDataType === 'null' ? '' : nativeDataType,
    // SQLite says of the key that is its row id that it may be null; the harvest knows that it may not.
    nullable: isPartOfKey || nullable,
    isPartOfKey,
    type: Object.keys(type.type),
  }
}

/** DataHub's client leaves the schema out of the upstreams of a SQLite view: `shop.orders` for `shop.main.orders`. */
function withSchema(urn: string): string {
  return urn.replace(/sqlite,(\w+)\.(?!main\.)/, 'sqlite,$1.main.')
}

/** Without members that say nothing: DataHub's client writes those that its model has a default for. */
export function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, withoutDefaults(member)] as const)
  return Object.fromEntries(members.filter(([, member]) => !saysNothing(member)))
}

function saysNothing(value: unknown): boolean {
  if (value === null || value === false) return true
  return typeof value === 'object' && Object.keys(value as object).length === 0
}
