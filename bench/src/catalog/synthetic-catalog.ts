import type { AspectProposal } from '@groundplane/catalog'

/** Upstreams of each dataset that has some. */
const UPSTREAMS = 3
const FIELDS = 20
/** The hub's downstreams lie at one to so many hops. */
export const HOPS = 5
const SOURCES = 0.01
const words = (text: string): string[] => text.split(' ')
const NOUNS = words(
  'order payment customer seller product invoice shipment refund account ledger session visit click campaign lead contract ticket employee ' +
    'salary store warehouse stock price discount coupon review rating message device sensor reading trip driver vehicle route booking room ' +
    'guest claim policy premium patient appointment course student grade song play artist video stream article author comment subscription plan ' +
    'usage meter bill transfer card merchant loan deposit trade quote portfolio fund tax audit risk score segment cohort experiment variant feature',
)
const KINDS = words(
  'daily hourly raw clean fact dim stage snapshot history summary detail event latest monthly audit',
)
const LAYERS = words('raw staging core mart finance growth ops risk people product')
const COLUMNS = words(
  'id key name status type amount total count created_at updated_at country city state zip currency source channel code flag value',
)
const PHRASES = [
  'One row per',
  'Loaded every night from',
  'Joined with the master data of',
  'Deduplicated records of',
  'Aggregated by day over',
  'Corrected history of',
  'Used by the dashboard about',
  'Rejected rows of',
]
const PLATFORMS = ['snowflake', 'postgres', 'bigquery', 'dbt']
const TYPES = ['VARCHAR(255)', 'NUMBER(38,0)', 'TIMESTAMP_NTZ', 'BOOLEAN'] as const
const LOGICAL = ['String', 'Number', 'Time', 'Boolean'] as const

/** A number below 2³² that depends on `a` and `b` only. */
function mixed(a: number, b: number): number {
  let h = Math.imul(a + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad)
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97)
  return (h ^ (h >>> 15)) >>> 0
}

const pick = <T>(list: readonly T[], a: number, b: number): T => list[mixed(a, b) % list.length] as T

/**
 * A catalog of so many datasets, the same at every call: twenty columns each, three upstreams each but for the
 * sources, and a hub, dataset 0, below which a tenth of the datasets lies at one to five hops, with lineage of one
 * column on every edge. Ten aspects a dataset, as DataHub's own sources send them.
 */
export class SyntheticCatalog {
  readonly datasets: number
  readonly hubDownstreams: number

  constructor(datasets: number) {
    this.datasets = datasets
    this.hubDownstreams = Math.floor(datasets / 10)
  }

  get hub(): string {
    return this.urn(0)
  }

  /** One of the datasets farthest from the hub. */
  get farthest(): string {
    return this.urn(this.hubDownstreams)
  }

  name(i: number): string {
    return `${pick(KINDS, i, 1)}_${pick(NOUNS, i, 2)}_${pick(NOUNS, i, 3)}_${String(i).padStart(6, '0')}`
  }

  urn(i: number): string {
    const platform = pick(PLATFORMS, i, 4)
    return `urn:li:dataset:(urn:li:dataPlatform:${platform},main.${pick(LAYERS, i, 5)}.${this.name(i)},PROD)`
  }

  column(i: number, position: number): string {
    if (position === 0) return 'record_id'
    return `${pick(NOUNS, i, 100 + position)}_${COLUMNS[position]}`
  }

  upstreams(i: number): number[] {
    const level = Math.ceil(this.hubDownstreams / HOPS)
    if (i === 0) return []
    if (i <= level) return [0]
    if (i <= this.hubDownstreams) {
      const first = 1 + level * (Math.ceil(i / level) - 2)
      return this.#distinct(i, first, level)
    }
    const sources = Math.max(UPSTREAMS, Math.floor(this.datasets * SOURCES))
    const before = i - this.hubDownstreams - 1
    if (before < sources) return []
    // Among earlier ones, mostly the sources: few steps deep, as warehouses are.
    return mixed(i, 6) % 4 === 0
      ? this.#distinct(i, this.hubDownstreams + 1, before)
      : this.#distinct(i, this.hubDownstreams + 1, sources)
  }

  #distinct(i: number, first: number, count: number): number[] {
    const at = mixed(i, 7) % count
    return [...new Set(Array.from({ length: UPSTREAMS }, (_, k) => first + ((at + k * 17) % count)))]
  }

  /** Everything, dataset by dataset, after the people, tags and domains they name. */
  *proposals(): Generator<AspectProposal> {
    for (let k = 0; k < 40; k++)
      yield aspect(`urn:li:corpGroup:team_${k}`, 'corpGroupInfo', {
        displayName: `${NOUNS[k]} team`,
        admins: [],
        members: [],
        groups: [],
      })
    for (const name of ['pii', 'financial', 'deprecated', 'gold'])
      yield aspect(`urn:li:tag:${name}`, 'tagProperties', { name, description: `Data that is ${name}` })
    for (const layer of LAYERS)
      yield aspect(`urn:li:domain:${layer}`, 'domainProperties', {
        name: layer,
        description: `All of ${layer}`,
      })
    for (let i = 0; i < this.datasets; i++) yield* this.#dataset(i)
  }

  *#dataset(i: number): Generator<AspectProposal> {
    const urn = this.urn(i)
    const platform = `urn:li:dataPlatform:${pick(PLATFORMS, i, 4)}`
    const layer = pick(LAYERS, i, 5)
    const stamp = { time: 1_750_000_000_000, actor: 'urn:li:corpuser:etl' }
    yield aspect(urn, 'status', { removed: false })
    yield aspect(urn, 'datasetProperties', {
      name: this.name(i),
      qualifiedName: `main.${layer}.${this.name(i)}`,
      description: `${pick(PHRASES, i, 8)} ${pick(NOUNS, i, 9)} ${pick(NOUNS, i, 2)}. ${pick(PHRASES, i, 10)} ${pick(NOUNS, i, 11)}.`,
      customProperties: { owner_team: `team_${mixed(i, 12) % 40}` },
      tags: [],
    })
    yield aspect(urn, 'dataPlatformInstance', {
      platform,
      instance: `urn:li:dataPlatformInstance:(${platform},main)`,
    })
    yield aspect(urn, 'subTypes', { typeNames: [mixed(i, 13) % 5 === 0 ? 'View' : 'Table'] })
    yield aspect(urn, 'schemaMetadata', this.#schema(i, urn, platform))
    const upstreams = this.upstreams(i)
    if (upstreams.length > 0) yield aspect(urn, 'upstreamLineage', this.#lineage(i, upstreams))
    yield aspect(urn, 'ownership', {
      owners: [{ owner: `urn:li:corpGroup:team_${mixed(i, 12) % 40}`, type: 'DATAOWNER' }],
      lastModified: stamp,
    })
    const tag = ['pii', 'financial', 'deprecated', 'gold'][mixed(i, 14) % 12]
    yield aspect(urn, 'globalTags', { tags: tag === undefined ? [] : [{ tag: `urn:li:tag:${tag}` }] })
    yield aspect(urn, 'domains', { domains: [`urn:li:domain:${layer}`] })
    yield aspect(urn, 'browsePathsV2', { path: [{ id: 'main' }, { id: layer }] })
  }

  #schema(i: number, urn: string, platform: string) {
    const fields = Array.from({ length: FIELDS }, (_, p) => {
      const type = p === 0 ? 1 : mixed(i, 200 + p) % TYPES.length
      return {
        fieldPath: this.column(i, p),
        nullable: p !== 0,
        type: { type: { [`com.linkedin.schema.${LOGICAL[type]}Type`]: {} } },
        nativeDataType: TYPES[type] as string,
        recursive: false,
        isPartOfKey: p === 0,
        ...(mixed(i, 300 + p) % 3 === 0 && {
          description: `The ${COLUMNS[p]} of the ${pick(NOUNS, i, 100 + p)}`,
        }),
      }
    })
    return {
      schemaName: urn,
      platform,
      version: 0,
      hash: '',
      platformSchema: { 'com.linkedin.schema.MySqlDDL': { tableSchema: '' } },
      primaryKeys: ['record_id'],
      fields,
    }
  }

  #lineage(i: number, upstreams: readonly number[]) {
    const stamp = { time: 1_750_000_000_000, actor: 'urn:li:corpuser:etl' }
    const field = (of: number) => `urn:li:schemaField:(${this.urn(of)},record_id)`
    return {
      upstreams: upstreams.map((u) => ({ dataset: this.urn(u), type: 'TRANSFORMED', auditStamp: stamp })),
      ...(i <= this.hubDownstreams && {
        fineGrainedLineages: [
          {
            upstreamType: 'FIELD_SET',
            upstreams: upstreams.map(field),
            downstreamType: 'FIELD',
            downstreams: [field(i)],
            transformOperation: 'COPY',
            confidenceScore: 1,
          },
        ],
      }),
    }
  }
}

function aspect(entityUrn: string, aspectName: string, value: AspectProposal['aspect']): AspectProposal {
  return { entityUrn, aspectName, aspect: value } as AspectProposal
}
