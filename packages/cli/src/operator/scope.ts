import { existsSync } from 'node:fs'
import { nearestName } from '@groundplane/core'
import { CommandError } from '../errors.js'
import { type OperatorConfig, readOperatorConfig, type Scope } from './config.js'

/** How a command line names the place it works in; everything may be left out. */
export interface Place {
  readonly root?: string | undefined
  readonly store?: string
  readonly cluster?: string
  readonly server?: string
  readonly graph?: string
  readonly profile?: string
}

/**
 * The place of a command that is told none: of `--profile`, else of `$GROUNDPLANE_PROFILE`, else of
 * `$GROUNDPLANE_SERVER`, else of `defaults` in the operator config, else the cluster that the current directory
 * declares. A place that is told stands.
 */
export async function resolvePlace<P extends Place>(place: P): Promise<P> {
  const { profile, root, store, cluster, server } = place
  const told = [root, store, cluster, server].some((x) => x !== undefined)
  if (told && profile !== undefined) {
    throw new CommandError('graph_address', 'A place is named, and a profile too.', {
      remedy: 'Leave out --profile, or what it is given beside.',
    })
  }
  if (told) return place
  const config = await readOperatorConfig()
  const scope = scopeInForce(config, profile)
  if (!scope) return existsSync('cluster.yaml') ? { ...place, cluster: '.' } : place
  const graph = place.graph ?? scope.graph
  return {
    ...place,
    ...(scope.server !== undefined && { server: scope.server }),
    ...(scope.store !== undefined && { store: scope.store }),
    ...(scope.cluster !== undefined && { cluster: config.clusters.get(scope.cluster) as string }),
    ...(graph !== undefined && { graph }),
  }
}

/** A directory or storage root, or the name of one in the operator config. A directory that exists goes before a name. */
export async function clusterRoot(given: string): Promise<string> {
  return existsSync(given) ? given : ((await readOperatorConfig()).clusters.get(given) ?? given)
}

/** The profile that is chosen, by flag, environment or config; and by which. */
export function profileInForce(
  config: OperatorConfig,
  flag: string | undefined,
): { readonly name: string; readonly by: string } | undefined {
  if (flag !== undefined) return { name: flag, by: '--profile' }
  const fromEnvironment = process.env['GROUNDPLANE_PROFILE']
  if (fromEnvironment) return { name: fromEnvironment, by: 'GROUNDPLANE_PROFILE' }
  const { profile } = config.defaults
  return profile === undefined || process.env['GROUNDPLANE_SERVER']
    ? undefined
    : { name: profile, by: 'defaults.profile' }
}

function scopeInForce(config: OperatorConfig, flag: string | undefined): Scope | undefined {
  const profile = profileInForce(config, flag)
  if (profile) return profileNamed(config, profile.name)
  const server = process.env['GROUNDPLANE_SERVER']
  return server ? { server } : config.defaults.scope
}

export function profileNamed(config: OperatorConfig, name: string): Scope {
  const found = config.profiles.get(name)
  if (found) return found
  const names = [...config.profiles.keys()]
  const near = nearestName(name, names)
  const known =
    names.length > 0 ? `Declared: ${names.join(', ')}.` : `Declare it under \`profiles:\` in ${config.file}.`
  throw new CommandError('profile_unknown', `There is no profile "${name}".`, {
    kind: 'not-found',
    remedy: near ? `Did you mean "${near}"?` : known,
  })
}
