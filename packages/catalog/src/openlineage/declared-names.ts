import { normalNamespace, type PostgresAddress, postgresNamespace, sqliteNamespace } from '@groundplane/core'
import type { BoundSource } from '../job/source-binding.js'
import { postgresDatasetUrn } from '../source/postgres/postgres-names.js'
import { type Environment, resolveAddress } from '../source/postgres/postgres-source.js'
import { SourceError } from '../source/source-error.js'
import { datasetUrn, sqliteDatasetUrn, tryDatasetParts } from '../urn/entity-urns.js'
import type { Urn } from '../urn/urn.js'
import { type DatasetName, datasetUrnOf } from './dataset-name.js'

/** A source as far as events may name its datasets. */
export type NamedSource = Pick<
  BoundSource,
  'kind' | 'url' | 'schemas' | 'platformInstance' | 'targetPlatformInstance' | 'env' | 'openlineageNamespaces'
>

interface Claim {
  readonly isDeclared: boolean
  /** The URN its harvest gives the dataset; undefined for what is none of its own. */
  readonly urnOf: (name: DatasetName) => Urn | undefined
}

/**
 * Which source a dataset of an event belongs to, so that both mean the one the source's harvest has. A
 * namespace is a source's by its declaration, or by its own address: `postgres://host:port`,
 * `sqlite:/path`. Names are taken as they are written: one in another casing than the source has becomes
 * a dataset of its own beside it, which is reported when it is recorded.
 */
export class DeclaredNames {
  readonly #claims = new Map<string, Claim[]>()

  /** `environment` has the addresses that are written `${NAME}`; a source whose variable is not set has no datasets here. */
  constructor(sources: readonly NamedSource[], environment: Environment = process.env) {
    for (const source of sources) {
      const { own, urnOf } = namingOf(source, environment)
      const declared = new Set((source.openlineageNamespaces ?? []).map(normalNamespace))
      for (const namespace of declared) this.#add(namespace, { isDeclared: true, urnOf })
      if (own !== undefined && !declared.has(own)) this.#add(own, { isDeclared: false, urnOf })
    }
  }

  #add(namespace: string, claim: Claim): void {
    this.#claims.set(namespace, [...(this.#claims.get(namespace) ?? []), claim])
  }

  /** Undefined where no source has it, or two have equal right to it: it is then named by its namespace alone. */
  urnOf(name: DatasetName): Urn | undefined {
    const claims = this.#claims.get(normalNamespace(name.namespace)) ?? []
    for (const isDeclared of [true, false]) {
      const urns = claims.flatMap((claim) =>
        claim.isDeclared === isDeclared ? (claim.urnOf(name) ?? []) : [],
      )
      if (urns.length > 0) return new Set(urns).size === 1 ? urns[0] : undefined
    }
    return undefined
  }
}

interface Naming {
  readonly own: string | undefined
  readonly urnOf: Claim['urnOf']
}

function namingOf(source: NamedSource, environment: Environment): Naming {
  const { platformInstance: instance, targetPlatformInstance, env } = source
  switch (source.kind) {
    case 'sqlite':
      return {
        own: sqliteNamespace(source.url),
        urnOf: ({ name }) => sqliteDatasetUrn(instance, name.replace(/^main\./, ''), env),
      }
    case 'postgres': {
      const address = addressOf(source, environment)
      return {
        own: address && postgresNamespace(address),
        urnOf: (name) => address && postgresUrn(source, address.database, name),
      }
    }
    case 'dbt':
      return {
        // Where its relations are built stands in the profile of whoever runs it, and not in its artefacts.
        own: undefined,
        urnOf: (name) => {
          if (targetPlatformInstance === undefined) return undefined
          const parts = tryDatasetParts(datasetUrnOf(name))
          if (typeof parts === 'string') return undefined
          return datasetUrn(parts.platformName, `${targetPlatformInstance}.${parts.name}`, env)
        },
      }
    case 'great_expectations':
      // Results are about the tables of a warehouse, which its own source has.
      return { own: undefined, urnOf: () => undefined }
  }
}

/** `database.schema.table`, of the source's database and of the schemas it reads; a table may have dots in its name. */
function postgresUrn(
  { platformInstance, schemas, env }: NamedSource,
  database: string,
  { name }: DatasetName,
): Urn | undefined {
  const [written = '', qualified = ''] = splitAfter(name, database.length)
  if (written.toLowerCase() !== database.toLowerCase()) return undefined
  const isRead = !schemas || schemas.some((s) => qualified.toLowerCase().startsWith(`${s.toLowerCase()}.`))
  if (!isRead || !/^[^.]+\../s.test(qualified)) return undefined
  return postgresDatasetUrn(platformInstance, written, qualified, env)
}

/** A database may have dots in its name as well. */
function splitAfter(name: string, length: number): readonly string[] {
  return name[length] === '.' ? [name.slice(0, length), name.slice(length + 1)] : []
}

function addressOf(source: NamedSource, environment: Environment): PostgresAddress | undefined {
  try {
    return resolveAddress({ url: source.url, platformInstance: source.platformInstance }, environment)
  } catch (error) {
    // The harvest is who says what is wrong with it.
    if (error instanceof SourceError) return undefined
    throw error
  }
}
